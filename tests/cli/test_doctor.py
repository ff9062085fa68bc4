"""`advisor doctor` as a user runs it."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import jsonschema
import pytest
from fakes_nvml import fake_nvml, no_nvml
from real_models import smollm2
from real_servers import ollama_093

from advisor.cli.schema import json_schema

__all__ = ["fake_nvml", "no_nvml", "ollama_093", "smollm2"]

OURS = "ADVISOR_"


@pytest.fixture
def doctor(tmp_path: Path):
    """Runs it in an empty folder with `base`'s environment and what a user set besides."""

    def run(
        *arguments: str, base: dict[str, str], **variables: str
    ) -> subprocess.CompletedProcess[str]:
        mine = {name: value for name, value in base.items() if not name.startswith(OURS)}
        data = {"ADVISOR_DATA_DIR": str(tmp_path / "data")}
        return subprocess.run(
            [sys.executable, "-m", "advisor", *arguments],
            env={**mine, **data, **variables},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            stdin=subprocess.DEVNULL,
            check=False,
        )

    return run


def document(done: subprocess.CompletedProcess[str]) -> dict:
    found = json.loads(done.stdout)
    jsonschema.validate(found, json_schema("advisor.doctor/1"))
    return found


def findings(found: dict, area: str) -> list[dict]:
    return [each for each in found["findings"] if each["area"] == area]


def test_without_a_driver_energy_is_an_estimate_and_says_why(doctor, no_nvml) -> None:
    done = doctor("doctor", "--json", base=no_nvml)
    assert done.returncode == 0, done.stderr
    found = document(done)
    assert all(each["status"] != "ok" for each in findings(found, "gpu"))
    (energy,) = findings(found, "energy")
    assert energy["status"] == "limited"
    assert energy["what"] == "energy is only estimated"
    assert "no GPU meter" in energy["why"] and "see rapl" in energy["why"]
    assert energy["fix"] == "advisor bench --meter shelly:HOST"


def test_the_page_is_plain_and_80_columns_wide(doctor, no_nvml) -> None:
    done = doctor("-q", "doctor", base=no_nvml)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "\x1b" not in done.stdout
    assert max(len(line) for line in done.stdout.splitlines()) <= 80
    assert "Can be measured" in done.stdout


def test_what_was_asked_for_and_is_missing_ends_with_3(doctor, no_nvml) -> None:
    done = doctor("doctor", "--need", "gpu,energy", base=no_nvml)
    assert done.returncode == 3, done.stderr
    assert "energy        MISSING: energy is only estimated" in done.stdout
    told = document(doctor("doctor", "--need", "gpu,energy", "--json", base=no_nvml))
    assert [(each["name"], each["met"]) for each in told["needs"]] == [
        ("gpu", False),
        ("energy", False),
    ]


def test_what_was_asked_for_and_is_here_ends_with_0(doctor, fake_nvml) -> None:
    done = doctor("doctor", "--need", "gpu,energy", "--json", base=fake_nvml())
    assert done.returncode == 0, done.stdout
    found = document(done)
    (card,) = findings(found, "gpu")
    assert card["what"] == "NVIDIA GeForce RTX 4090"
    (energy,) = findings(found, "energy")
    assert energy["status"] == "ok"
    assert "NVML energy counter" in energy["what"]
    assert "grade counter" in energy["why"]


@pytest.mark.parametrize(
    ("script", "what"),
    [
        ({"FAKE_INIT": "18"}, "the NVIDIA driver's versions do not match"),
        ({"FAKE_INIT": "9"}, "the NVIDIA driver is not loaded"),
        ({"FAKE_INIT": "4"}, "this user may not talk to the NVIDIA driver"),
    ],
)
def test_a_driver_that_fails_is_named_for_what_it_is(
    doctor, fake_nvml, script: dict[str, str], what: str
) -> None:
    done = doctor("doctor", "--json", "--need", "gpu", base=fake_nvml(**script))
    assert done.returncode == 3
    (finding,) = findings(document(done), "gpu")
    assert (finding["status"], finding["what"]) == ("missing", what)


def test_a_card_that_is_hot_narrow_and_faulty_is_told_from_a_sound_one(doctor, fake_nvml) -> None:
    amiss = fake_nvml(FAKE_THROTTLE="0x40", FAKE_LINK="1:4", FAKE_ECC="0:2")
    told = [
        each["what"] for each in findings(document(doctor("doctor", "--json", base=amiss)), "gpu")
    ]
    assert told[0] == "NVIDIA GeForce RTX 4090"
    for said in ("2 uncorrected memory errors", "hardware thermal slowdown", "4 of 16 PCIe lanes"):
        assert any(said in each for each in told)


def test_a_mismatched_driver_gets_the_command_that_restarts(doctor, fake_nvml) -> None:
    shown = doctor("doctor", base=fake_nvml(FAKE_INIT="18")).stdout
    assert "    $ sudo reboot" in shown.splitlines()


def test_a_card_that_refuses_its_power_leaves_an_estimate(doctor, fake_nvml) -> None:
    done = doctor("doctor", "--json", "--need", "energy", base=fake_nvml(FAKE_NO_PERMISSION="1"))
    assert done.returncode == 3
    found = document(done)
    assert findings(found, "gpu")[0]["status"] == "ok"
    assert "the driver refuses it to this user" in findings(found, "energy")[0]["why"]


def test_a_need_that_nobody_knows_is_bad_input(doctor, no_nvml) -> None:
    done = doctor("doctor", "--need", "ollma", base=no_nvml)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        "advisor: doctor does not know the need 'ollma'. Did you mean ollama?"
    ]


def test_a_data_folder_that_is_a_file_is_missing(doctor, no_nvml, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = doctor(
        *("doctor", "--json", "--need", "storage"),
        base=no_nvml,
        ADVISOR_DATA_DIR=str(tmp_path / "file"),
    )
    assert done.returncode == 3
    (finding,) = findings(document(done), "data-folder")
    assert finding["status"] == "missing"
    assert "ADVISOR_DATA_DIR" in finding["fix"]


def test_it_changes_nothing(doctor, no_nvml, tmp_path: Path) -> None:
    assert doctor("doctor", base=no_nvml).returncode == 0
    assert list(tmp_path.iterdir()) == []


SETTINGS = """
[bench]
max_time = "10s"
precision = "3%"
max-time = "20s"

[bnech]
pull = true
"""


def test_settings_show_which_won(doctor, no_nvml, tmp_path: Path) -> None:
    (tmp_path / "advisor.toml").write_text(SETTINGS)
    done = doctor("doctor", "--json", base=no_nvml, ADVISOR_BENCH_MAX_TIME="30s")
    found = document(done)
    chosen = {
        (each["command"], each["option"]): (each["value"], each["source"])
        for each in found["settings"]
    }
    assert chosen["bench", "max_time"] == ("30s", "environment")
    assert chosen["bench", "precision"] == ("3%", "advisor.toml")
    assert chosen["bench", "arrivals"] == ("poisson", "default")
    assert chosen["run", "url"] == (None, "default")
    assert chosen["history export", "force"] == ("false", "default")
    assert chosen["doctor", "as_json"] == ("true", "flag")
    assert chosen["every command", "ADVISOR_DATA_DIR"][1] == "environment"
    assert found["settings_file"].endswith("advisor.toml")


def test_settings_that_set_nothing_are_found(doctor, no_nvml, tmp_path: Path) -> None:
    (tmp_path / "advisor.toml").write_text(SETTINGS)
    variables = {"ADVISOR_BENCH_SERVER": "vllm", "ADVISOR_BENCH_PRECISION": "5"}
    done = doctor("doctor", "--json", base=no_nvml, **variables)
    told = {each["what"]: each["why"] for each in findings(document(done), "settings")}
    assert told["[bench] max-time sets nothing"].endswith("write max_time")
    assert told["[bnech] sets nothing"].endswith("write [bench]")
    assert told["ADVISOR_BENCH_SERVER sets nothing"].endswith("write ADVISOR_BENCH_KIND")
    assert "bench will refuse precision = 5" in told


def test_keys_are_not_shown(doctor, no_nvml) -> None:
    secrets = {
        "ADVISOR_BENCH_HEADERS": "Authorization:Bearer-sesame",
        "ADVISOR_BENCH_URL": "http://me:sesame@box:8000",
    }
    for arguments in (("doctor",), ("doctor", "--json")):
        done = doctor(*arguments, base=no_nvml, **secrets)
        assert done.returncode == 0, done.stderr
        assert "sesame" not in done.stdout + done.stderr
        assert "(hidden)" in done.stdout


@contextmanager
def page(content_type: str, body: bytes) -> Iterator[int]:
    """The port of a server that answers everything with one page."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", content_type)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.fixture
def web_page():
    with page("text/html", b"<html>hello</html>") as port:
        yield port


def test_the_meter_in_the_settings_is_the_one_that_is_asked(doctor, no_nvml) -> None:
    status = b'{"id": 0, "apower": 120.0, "aenergy": {"total": 1.0}}'
    with page("application/json", status) as port:
        setting = {"ADVISOR_BENCH_METER": f"shelly:127.0.0.1:{port}"}
        done = doctor("doctor", "--json", "--need", "energy", base=no_nvml, **setting)
    assert done.returncode == 0, done.stdout + done.stderr
    (energy,) = findings(document(done), "energy")
    assert (energy["status"], energy["what"]) == ("ok", "energy by Shelly plug")
    assert energy["why"] == "grade wall; it sees the box"


def test_a_meter_in_the_settings_that_does_not_answer_is_missing(doctor, no_nvml) -> None:
    setting = {"ADVISOR_BENCH_METER": "shelly:127.0.0.1:9"}
    done = doctor("doctor", "--json", "--need", "energy", base=no_nvml, **setting)
    assert done.returncode == 3, done.stdout + done.stderr
    (energy,) = findings(document(done), "energy")
    assert energy["status"] == "missing"
    assert "nothing listens" in energy["why"] and "estimate" in energy["why"]


@pytest.mark.skipif(sys.platform != "linux", reason="ss is Linux's")
def test_something_else_on_a_servers_port_is_found(doctor, no_nvml, web_page: int) -> None:
    done = doctor("doctor", "--json", base=no_nvml, OLLAMA_HOST=f"127.0.0.1:{web_page}")
    taken = [each for each in findings(document(done), "ports") if str(web_page) in each["what"]]
    assert [each["status"] for each in taken] == ["limited"]
    assert "web page" in taken[0]["why"]
    assert taken[0]["fix"] == f"sudo ss -ltnp 'sport = :{web_page}'"


def test_a_real_ollama_is_a_server(doctor, no_nvml, ollama_093) -> None:
    done = doctor(
        *("doctor", "--json", "--need", "server,ollama"),
        base=no_nvml,
        OLLAMA_HOST=ollama_093.endpoint.url,
    )
    assert done.returncode == 0, done.stdout
    told = [each["what"] for each in findings(document(done), "servers")]
    assert any("ollama 0.9.3" in each for each in told)


def test_a_need_can_be_set_in_the_file(doctor, no_nvml, tmp_path: Path) -> None:
    (tmp_path / "advisor.toml").write_text('[doctor]\nneed = "gpu"\n')
    assert doctor("doctor", base=no_nvml).returncode == 3
    assert doctor("doctor", base=no_nvml, ADVISOR_DOCTOR_NEED="memory").returncode == 2
