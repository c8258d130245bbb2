"""Codes: signed, one spelling, decodable from paper, and honest when old or forged."""

from __future__ import annotations

import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from kernel.audit import SYSTEM
from kernel.clock import SetClock
from kernel.database import Database
from profiles.division_changes import import_changes
from profiles.models import Division
from qrcodes import codes, landings, posters, scans, tokens
from qrcodes.failures import SheetRefused
from qrcodes.images import matrix, svg

KEY = b"k" * 32
ADDRESS = "https://zd.example.gov.cn"


@pytest.fixture
def villages(database: Database) -> Database:
    with database.writing() as session:
        session.add_all([Division(code="640425", name="彭阳县"), Division(code="640425100", name="白阳镇", parent="640425"),
                         Division(code="640425100202", name="姚河村", parent="640425100"),
                         Division(code="640425100203", name="崾岘村", parent="640425100")])
    return database


@given(st.integers(0, 2**32 - 1))
def test_a_token_reads_back_and_has_sixteen_characters(number: int) -> None:
    token = tokens.make(number, KEY)
    assert len(token) == 16
    assert tokens.read(token, KEY) == number


@given(st.integers(0, 2**32 - 1), st.integers(0, 15), st.characters(codec="ascii"))
def test_a_token_with_one_other_character_is_not_ours(number: int, place: int, other: str) -> None:
    token = tokens.make(number, KEY)
    changed = token[:place] + other + token[place + 1:]
    assert (tokens.read(changed, KEY) == number) == (changed == token)


@pytest.mark.parametrize("token", ["", "x", "=" * 16, "汉" * 16, "A" * 17, "AAAA AAAA AAAA A", "+/+/+/+/+/+/+/+/"])
def test_a_token_of_another_shape_is_not_ours(token: str) -> None:
    assert tokens.read(token, KEY) is None


def test_a_code_leads_to_its_village_and_after_its_end_to_a_refusal(villages: Database, clock: SetClock) -> None:
    with villages.writing() as session:
        made = codes.codes_for(session, ["640425100202"], codes.BOARD, clock.now())["640425100202"]
        token = tokens.make(made.id, KEY)
        found = landings.find(session, token, KEY, clock.now())
        assert isinstance(found, landings.Landing)
        assert found.target == "640425100202"
        codes.expire(session, made.id, SYSTEM, clock.now())
        assert landings.find(session, token, KEY, clock.now()) == landings.Expired("640425100202")
        assert landings.find(session, tokens.make(made.id, b"x" * 32), KEY, clock.now()) == landings.Forged()


def test_a_replaced_code_leads_to_the_new_one_and_its_neighbours_stay(villages: Database, clock: SetClock) -> None:
    with villages.writing() as session:
        made = codes.codes_for(session, ["640425100202", "640425100203"], codes.BOARD, clock.now())
        old = made["640425100202"]
        new = codes.replace(session, old.id, SYSTEM, clock.now())
        found = landings.find(session, tokens.make(old.id, KEY), KEY, clock.now())
        assert isinstance(found, landings.Landing)
        assert found.code_id == new.id
        assert codes.replace(session, old.id, SYSTEM, clock.now()).id == new.id
        assert codes.replace(session, new.id, SYSTEM, clock.now()).id > new.id
        new = codes.codes_for(session, ["640425100202"], codes.BOARD, clock.now())["640425100202"]
        again = codes.codes_for(session, ["640425100202", "640425100203"], codes.BOARD, clock.now())
        assert again["640425100202"].id == new.id
        assert again["640425100203"].id == made["640425100203"].id


def test_printed_sheets_decode_to_signed_addresses_of_every_place(
        villages: Database, clock: SetClock, tmp_path: Path) -> None:
    out = tmp_path / "sheets.pdf"
    printed = posters.print_sheets(villages, KEY, "640425100", out, ADDRESS, clock.now())
    assert (printed.codes, printed.pages) == (3, 3)
    subprocess.run(["pdftoppm", "-r", "70", "-png", str(out), str(tmp_path / "page")], check=True)
    targets = set()
    with villages.reading() as session:
        for picture in sorted(tmp_path.glob("page*.png")):
            found = zxingcpp.read_barcodes(Image.open(picture))
            assert len(found) == 1
            assert found[0].text.startswith(f"{ADDRESS}/q/")
            landing = landings.find(session, found[0].text.rpartition("/")[2], KEY, clock.now())
            assert isinstance(landing, landings.Landing)
            targets.add(landing.target)
    assert targets == {"640425100", "640425100202", "640425100203"}


def test_a_sheet_names_a_place_as_the_site_does(villages: Database, clock: SetClock, tmp_path: Path) -> None:
    with villages.writing() as session:
        session.get_one(Division, "640425100202").name = "姚河村民委员会"
    posters.print_sheets(villages, KEY, "640425100202", tmp_path / "one.pdf", ADDRESS, clock.now())
    words = subprocess.run(["pdftotext", str(tmp_path / "one.pdf"), "-"], check=True, capture_output=True, text=True).stdout
    assert "选“姚河村”" in words


def test_printing_again_keeps_the_codes_that_hang_already(villages: Database, clock: SetClock, tmp_path: Path) -> None:
    texts = []
    for name in ("one.pdf", "two.pdf"):
        posters.print_sheets(villages, KEY, "640425100202", tmp_path / name, ADDRESS, clock.now())
        subprocess.run(["pdftoppm", "-r", "70", "-png", str(tmp_path / name), str(tmp_path / name)], check=True)
        texts.append(zxingcpp.read_barcodes(Image.open(next(tmp_path.glob(f"{name}*.png"))))[0].text)
    assert texts[0] == texts[1]


def test_an_unknown_division_and_a_long_address_are_refused_and_leave_no_file(
        villages: Database, clock: SetClock, tmp_path: Path) -> None:
    out = tmp_path / "sheets.pdf"
    with pytest.raises(SheetRefused, match="没有代码"):
        posters.print_sheets(villages, KEY, "999999", out, ADDRESS, clock.now())
    with pytest.raises(SheetRefused, match="太长"):
        posters.print_sheets(villages, KEY, "640425100", out, "https://" + "a" * 60 + ".cn", clock.now())
    assert list(tmp_path.glob("*sheets*")) == []


def test_an_address_of_thirty_characters_keeps_to_version_four() -> None:
    assert matrix("https://zd.example.gov.cn/q/12" + "A" * 16).version <= 4
    assert "<title>姚河村</title>" in svg("https://zd.example.gov.cn/q/x", "姚河村")


def test_scans_are_counted_by_day_and_robots_are_not_people(villages: Database, clock: SetClock) -> None:
    with villages.writing() as session:
        made = codes.codes_for(session, ["640425100202"], codes.BOARD, clock.now())["640425100202"]
        for _ in range(3):
            scans.count_scan(session, made.id, clock.now().date())
        assert scans.scans_at(session, ["640425100202"], clock.now().date() - timedelta(days=1)) == {"640425100202": 3}
    assert scans.is_person("Mozilla/5.0 (Linux; Android 9) MicroMessenger/8.0")
    assert not scans.is_person("Mozilla/5.0 (compatible; Baiduspider/2.0)")
    assert not scans.is_person("Mozilla/5.0", purpose="prefetch")


def test_sheets_are_printed_of_todays_places_only(villages: Database, tmp_path: Path, clock: SetClock) -> None:
    import_changes(villages, b"old,new\n640425100203,640425100209\n", clock.now(), SYSTEM)
    printed = posters.print_sheets(villages, KEY, "640425100", tmp_path / "all.pdf", ADDRESS, clock.now())
    assert printed.codes == 3
    one = posters.print_sheets(villages, KEY, "640425100203", tmp_path / "one.pdf", ADDRESS, clock.now())
    assert one.codes == 1
    with villages.reading() as session:
        made = codes.in_force(session, ["640425100203", "640425100209"], codes.BOARD, clock.now())
    assert set(made) == {"640425100209"}
