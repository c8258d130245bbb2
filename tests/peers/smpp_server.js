// A message centre made of the npm package `smpp` 0.5.1: takes everything, reports before or after its answer, says a word back.
// node smpp_server.js PORT, with the package in NODE_PATH; prints one JSON line for each message it understood.
const smpp = require('smpp');

let number = 0;
const server = smpp.createServer((session) => {
  session.on('bind_transceiver', (pdu) => {
    session.send(pdu.response({command_status: pdu.password === 'sim-smpp' ? 0 : smpp.ESME_RINVPASWD}));
  });
  session.on('submit_sm', (pdu) => {
    const id = `npm-${++number}`;
    const answer = () => session.send(pdu.response({message_id: id}));
    const report = () => session.deliver_sm({
      source_addr: pdu.destination_addr, destination_addr: pdu.source_addr, esm_class: 4,
      receipted_message_id: id, message_state: 2,
      short_message: `id:${id} sub:001 dlvrd:001 submit date:2611231000 done date:2611231000 stat:DELIVRD err:000 text:`,
    }, (thanks) => console.log(JSON.stringify({thanked: thanks.command_status})));
    console.log(JSON.stringify({
      to: pdu.destination_addr, from: pdu.source_addr, coding: pdu.data_coding, wants: pdu.registered_delivery,
      part: pdu.short_message.udh ? [...pdu.short_message.udh[0].subarray ? pdu.short_message.udh[0] : pdu.short_message.udh] : null,
      text: pdu.short_message.message.toString(),
    }));
    if (number % 2) { report(); answer(); } else { answer(); report(); }
    if (number === 1) {
      session.deliver_sm({source_addr: pdu.destination_addr, destination_addr: pdu.source_addr, data_coding: 8, short_message: '医保怎么交'});
    }
  });
  session.on('enquire_link', (pdu) => session.send(pdu.response()));
  session.on('unbind', (pdu) => { session.send(pdu.response()); session.close(); console.log(JSON.stringify({unbound: true})); });
  session.on('error', () => {});
});
server.listen(Number(process.argv[2]), '127.0.0.1', () => console.log(JSON.stringify({listening: true})));
