"""What a clumsy clerk is told: a sentence with place and cure, an exit code, an object; never the machine's insides."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from tests.journeys.conftest import ROOT, ZHIDA
from web.commands.refusals import sentence

COUNT = ("profiles", "count", "--where", '{"fact": "crop.玉米", "at_least": 3}')
pytestmark = pytest.mark.timeout(300)  # each command is a process of its own


def refused(folder: Path, *words: str, given: bytes = b"", **settings: str) -> str:
    """The sentence of a command that must end with exit code 1, the same on stderr and in its object."""
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{folder / 'zhida.db'}", **settings}
    done = subprocess.run([ZHIDA, *words, "--json"], env=environment, cwd=folder, input=given, capture_output=True,
                          timeout=120, check=False)
    errors = done.stderr.decode()
    assert done.returncode == 1, errors
    assert "Traceback" not in errors
    told = str(json.loads(done.stdout.decode().strip().splitlines()[-1])["error"])
    assert told in errors
    return told


@pytest.mark.parametrize("words", [
    COUNT, ("push", "status", "1"), ("notices", "eligible", "--household", "PY-1"),
    ("notices", "import", str(ROOT / "docs" / "samples" / "notice.jsonl")),
])
def test_a_database_without_its_schema_is_named_with_the_command_that_makes_it(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert "zhida db upgrade" in refused(tmp_path, *words)


@pytest.mark.parametrize(("name", "value"), [
    ("PORT", "abc"), ("PORT", "99999999"), ("CIPHER", "des"), ("DATA_KEY", "abc"), ("DATABASE_URL", "my-secret"),
])
def test_a_wrong_setting_is_named_in_chinese_also_to_a_program(tmp_path: Path, name: str, value: str) -> None:
    told = refused(tmp_path, *COUNT, **{name: value})
    assert told.startswith(name)
    assert not any(english in told for english in ("Input", "should", "my-secret"))


@pytest.mark.parametrize("words", [COUNT, ("doctor",)], ids=["count", "doctor"])
def test_a_database_that_lets_nobody_in_is_told_with_the_reason(tmp_path: Path, words: tuple[str, ...]) -> None:
    environment = {**os.environ, "DATABASE_URL": "postgresql+psycopg://zhida:my-secret@127.0.0.1:1/zhida", "SECRET_KEY": "x" * 44,
                   "DATA_KEY": "A" * 43 + "="}
    done = subprocess.run([ZHIDA, *words], env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, "数据库用不了（连不上" in done.stderr, "my-secret" in done.stderr) == (1, True, False), done.stderr


@pytest.mark.parametrize(("answered", "told"), [
    ('FATAL:  database "zhida" does not exist', "请先建库"), ('FATAL:  role "zhida" does not exist', "请先建账号"),
    ('FATAL:  password authentication failed for user "zhida"', "密码不对"), ("something new", "数据库用不了。"),
    ("attempt to write a readonly database", "只读，没有写的权限"),
])
def test_what_the_database_answers_at_the_door_is_said_without_its_own_words(answered: str, told: str) -> None:
    words = sentence(OperationalError(None, None, Exception(answered)))
    assert told in words
    assert "FATAL" not in words


def test_a_settings_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "office.env").write_bytes(b"\xff\xfe\x00bad")
    assert "office.env 不是 UTF-8" in refused(tmp_path, *COUNT, ZHIDA_ENV=str(tmp_path / "office.env"))


def test_what_cannot_be_written_or_is_not_there_is_said_by_its_name(tmp_path: Path) -> None:
    subprocess.run([ZHIDA, "db", "upgrade"], cwd=tmp_path, check=True, capture_output=True,
                   env={**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path / 'zhida.db'}"})
    (tmp_path / "plain").write_text("x", encoding="utf-8")
    households = str(ROOT / "docs" / "samples" / "households.csv")
    told = refused(tmp_path, "profiles", "import", households, "--errors", str(tmp_path / "plain" / "e.csv"))
    assert "plain/e.csv（路径里有一段不是文件夹）" in told
    assert "户编号为“没有”" in refused(tmp_path, "notices", "eligible", "--household", "没有")
    added = ("staff", "add", "王编辑", "--role", "editor", "--division", "640425")
    assert "不能识别" in refused(tmp_path, *added, given=b"\xff\xfe1234567890\n")


@pytest.mark.parametrize(("words", "told"), [
    (("profiles", "count"), "少了选项“--where”"),
    (("profiles", "import"), "少了参数“FILE”"),
    (("profiles", "import", "/"), "这是文件夹，要给一个文件"),
    (("profiles", "import", "没有.xlsx"), "没有这个文件"),
    (("profiles", "count", "--wher", "{}"), "没有选项“--wher”。是不是想写 --where"),
    (("push", "status", "abc"), "参数“DISPATCH”不对：要写一个数"),
    (("staff", "add", "王编辑", "--role", "boss", "--division", "1"), "只能是 editor、first_reviewer"),
    (("profile", "count"), "没有命令“profile”"),
    (("knowledge", "gaps", "--since", "昨天"), "选项“--since”不对：要写一个日期"),
])
def test_a_command_called_wrongly_says_which_word_in_chinese_also_to_a_program(tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path / 'other' / 'zhida.db'}"}
    done = subprocess.run([ZHIDA, *words, "--json"], env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, told in done.stderr, "Error:" in done.stderr) == (2, True, False), done.stderr
    assert "--help" in done.stderr
    assert told in json.loads(done.stdout.splitlines()[-1])["error"]


@pytest.mark.parametrize(("words", "told"), [
    (("profiles", "import", "facts.json", "--mapping", "facts.json"), "facts.json 不是 JSON：第 1 行第 3 个字"),
    (("knowledge", "evaluate", "--queries", "nothing.jsonl"), "nothing.jsonl 里没有问题"),
    (("knowledge", "ask", "--file", "facts.json", "--out", "answers.jsonl"), "facts.json 第 1 行不是 JSON"),
])
def test_a_file_with_the_wrong_words_in_it_is_refused_and_not_called_a_wrong_call(tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    (tmp_path / "facts.json").write_text("[1", encoding="utf-8")
    (tmp_path / "nothing.jsonl").touch()
    assert told in refused(tmp_path, *words)
    assert not (tmp_path / "answers.jsonl").exists()


def test_an_installation_without_a_place_to_write_names_the_place(tmp_path: Path) -> None:
    """Root may write into every folder but /proc, and CI is root."""
    told = refused(tmp_path, "doctor", DATABASE_URL="sqlite:////proc/zhida.db")
    assert ("/proc/" in told, "请核对路径、权限" in told) == (True, True), told


@pytest.mark.parametrize(("facts", "told"), [("[1", "facts.json：第 1 行第 3 个字附近不是正确的 JSON"), ("{}", "已被别的程序占用")])
def test_a_site_that_cannot_begin_says_why_and_takes_no_request_of_another(tmp_path: Path, facts: str, told: str) -> None:
    (tmp_path / "facts.json").write_text(facts, encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0), reuse_port=True) as another:
        environment = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path / 'zhida.db'}", "PORT": str(another.getsockname()[1])}
        done = subprocess.run([ZHIDA, "serve"], env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, told in done.stderr, "Traceback" in done.stderr) == (1, True, False), done.stderr
