// The Bot API as the npm package `telegram-test-api` 4.2.1 emulates it, behind a proxy that mends two fields the library insists on:
// getMe lacks `is_bot`, and dates are in milliseconds. node telegram_server.js PORT TOKEN; a line on stdin is typed by a person,
// each message of the bot is printed as one JSON line.
const http = require('http');
const readline = require('readline');
const TelegramServer = require('telegram-test-api').default || require('telegram-test-api');

const [port, token] = [Number(process.argv[2]), process.argv[3]];
const mended = (key, value) => (key === 'date' && value > 1e12 ? Math.floor(value / 1000) : value);

async function main() {
  const server = new TelegramServer({port: port + 1, host: '127.0.0.1'});
  await server.start();
  const client = server.getClient(token, {userId: 700123, chatId: 700123, firstName: '王', timeout: 60000, interval: 50});
  http.createServer((request, response) => {
    const onward = http.request({host: '127.0.0.1', port: port + 1, path: request.url, method: request.method, headers: request.headers}, (answer) => {
      const pieces = [];
      answer.on('data', (piece) => pieces.push(piece));
      answer.on('end', () => {
        const data = JSON.parse(Buffer.concat(pieces).toString() || '{}', mended);
        if (request.url.endsWith('/getMe')) data.result.is_bot = true;
        response.writeHead(answer.statusCode, {'Content-Type': 'application/json'});
        response.end(JSON.stringify(data));
      });
    });
    request.pipe(onward);
  }).listen(port, '127.0.0.1', () => console.log(JSON.stringify({listening: true})));
  readline.createInterface({input: process.stdin}).on('line', (text) => client.sendMessage(client.makeMessage(text)));
  for (;;) {
    const heard = await client.getUpdates();
    heard.result.forEach((one) => console.log(JSON.stringify({text: one.message.text, chat: String(one.message.chat_id)})));
  }
}

main().catch((error) => { console.error(String(error)); process.exit(1); });
