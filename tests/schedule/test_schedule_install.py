"""Installing twice is installing once, and removing leaves nothing; others' files stay.

Schedulers are recorders at the lowest level: programs first on PATH.
"""

from __future__ import annotations

import json
import sys
from itertools import pairwise
from pathlib import Path

import jsonschema
import pytest
from fake_schedulers import Box, box

from advisor.cli.schema import json_schema
from advisor.schedule.job import read_mark

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="systemd and cron are Linux's")

UNITS = ("config/systemd/user/advisor-bench.service", "config/systemd/user/advisor-bench.timer")
ENABLED = [
    "systemctl --user daemon-reload",
    "systemctl --user enable advisor-bench.timer",
    "systemctl --user restart advisor-bench.timer",
]


@pytest.fixture
def home(tmp_path: Path) -> Box:
    return box(tmp_path)


@pytest.fixture
def plain(tmp_path: Path) -> Box:
    """A machine whose systemd does not manage the user."""
    return box(tmp_path, with_systemd=False)


def test_a_dry_run_shows_all_and_does_nothing(home: Box) -> None:
    done = home.advisor("install", "--dry-run", "--every", "day", "--at", "04:10")
    assert done.returncode == 0, done.stderr
    assert home.files() == {}
    assert home.calls() == []
    assert "OnCalendar=*-*-* 04:10:00" in done.stdout
    for line in ENABLED:
        assert f"run {line}" in done.stdout
    installed = home.advisor("install", "--every", "day", "--at", "04:10")
    assert installed.returncode == 0, installed.stderr
    shown = [line.removeprefix("  ") for line in done.stdout.splitlines()]
    for unit in UNITS:
        assert f"write {home.home / unit}" in shown
        assert all(line in shown for line in home.files()[unit].splitlines())


def test_what_was_installed_is_listed_with_its_next_times(home: Box) -> None:
    done = home.advisor("install", "--every", "week", "--on", "mon", "--concurrency", "1,4")
    assert done.returncode == 0, done.stderr
    assert home.calls() == ENABLED
    assert "loginctl enable-linger" in done.stdout
    assert max(len(line) for line in done.stdout.splitlines() if "wrote" not in line) <= 80
    listed = home.advisor("list", "--json")
    document = json.loads(listed.stdout)
    jsonschema.validate(document, json_schema("advisor.schedule/1"))
    (schedule,) = document["schedules"]
    assert schedule["platform"] == "systemd"
    assert schedule["when"] == "every week on Monday at 03:00"
    assert schedule["options"] == ["--concurrency", "1,4"]
    assert schedule["trouble"] is None
    assert schedule["last_runs"] == []
    assert len(schedule["next_runs"]) == 2
    shown = home.advisor("list").stdout
    assert "bench: every week on Monday at 03:00, by systemd" in shown
    assert "never yet" in shown
    assert max(len(line) for line in shown.splitlines()) <= 80


def test_installing_twice_is_installing_once(home: Box) -> None:
    home.advisor("install", "--synthetic", "llama-3.2-1b")
    once = home.files()
    again = home.advisor("install", "--synthetic", "llama-3.2-1b")
    assert again.returncode == 0, again.stderr
    assert home.files() == once
    changed = home.advisor("install", "--synthetic", "llama-3.2-1b", "--every", "6h")
    assert changed.returncode == 0, changed.stderr
    assert set(home.files()) == set(once)
    assert "OnCalendar=*-*-* 03,09,15,21:00:00" in home.files()[UNITS[1]]
    assert len(json.loads(home.advisor("list", "--json").stdout)["schedules"]) == 1


def test_removing_leaves_nothing(home: Box) -> None:
    home.advisor("install")
    home.calls()
    done = home.advisor("remove")
    assert done.returncode == 0, done.stderr
    assert home.calls() == [
        "systemctl --user disable --now advisor-bench.timer",
        "systemctl --user stop advisor-bench.service",
        "systemctl --user clean --what=state advisor-bench.timer",
        "systemctl --user daemon-reload",
        "systemctl --user reset-failed advisor-bench.service",
    ]
    assert home.files() == {"config/": ""}
    again = home.advisor("remove")
    assert again.returncode == 2
    assert "there is no schedule 'bench'" in again.stderr


def test_units_of_others_are_not_touched(home: Box) -> None:
    units = home.home / "config/systemd/user"
    units.mkdir(parents=True)
    (units / "advisor-bench.timer").write_text("[Timer]\nOnCalendar=daily\n")
    (units / "advisor-nightly.timer").write_text("# advisor-schedule: nonsense\n")
    before = home.files()
    refused = home.advisor("install")
    assert refused.returncode == 2
    assert "not ours" in refused.stderr
    assert home.advisor("remove").returncode == 2
    assert home.advisor("install", "--name", "mine").returncode == 0
    assert home.advisor("remove", "--name", "mine").returncode == 0
    assert home.files() == before


@pytest.mark.parametrize("failing", ["--user daemon-reload", "--user enable", "--user restart"])
def test_a_failure_puts_everything_back(home: Box, failing: str) -> None:
    done = home.advisor("install", FAKE_FAIL=failing)
    assert done.returncode == 1
    assert "no such luck" in done.stderr
    assert [path for path in home.files() if not path.endswith("/")] == []
    home.advisor("install")
    once = home.files()
    assert home.advisor("install", "--every", "day", FAKE_FAIL=failing).returncode == 1
    assert home.files() == once


def test_options_are_kept_as_they_were_meant(home: Box) -> None:
    model = home.home / "my model 50%.gguf"
    done = home.advisor(
        *("install", "--model", model.name, "--max-time", "30s", "--sweep", "--precision=10%"),
        *("--prompts", "p's.jsonl", "--rate", "0.5,2"),
    )
    assert done.returncode == 2  # the file with prompts is read when it is installed
    (home.home / "p's.jsonl").write_text('{"prompt": "Hello"}\n')
    done = home.advisor(
        *("install", "--model", model.name, "--max-time", "30s", "--sweep", "--precision=10%"),
        *("--prompts", "p's.jsonl", "--rate", "0.5,2"),
    )
    assert done.returncode == 0, done.stderr
    job = read_mark(home.files()[UNITS[0]])
    assert job is not None
    assert dict(zip(job.options[::2], job.options[1::2], strict=False))["--model"] == str(model)
    assert "--sweep" in job.options
    assert job.options[job.options.index("--precision") + 1] == "10%"
    assert job.options[job.options.index("--prompts") + 1] == str(home.home / "p's.jsonl")
    assert job.data_folder == str(home.home / "data")


def test_options_that_may_come_again_and_files_are_kept_as_they_were_meant(home: Box) -> None:
    news = ("https://a.example/x", "https://b.example/y")
    done = home.advisor(
        *("install", "--notify", news[0], "--notify", news[1], "--cold"),
        *("--url", "https://127.0.0.1:1", "--ca-file", "ca.pem", "--switch-to", "other.gguf"),
    )
    assert done.returncode == 0, done.stderr
    job = read_mark(home.files()[UNITS[0]])
    assert job is not None
    pairs = list(pairwise(job.options))
    assert [value for option, value in pairs if option == "--notify"] == list(news)
    assert ("--ca-file", str(home.home / "ca.pem")) in pairs
    assert ("--switch-to", str(home.home / "other.gguf")) in pairs


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--header", "Authorization: Bearer sesame"),
        ("--url", "http://me:sesame@127.0.0.1:8000"),
    ],
)
def test_no_key_is_written_down(home: Box, option: str, value: str) -> None:
    done = home.advisor("install", option, value)
    assert done.returncode == 2
    assert "sesame" not in done.stdout + done.stderr
    assert home.files() == {}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--every", "5h"), "divide"),
        (("--name", "../x"), "cannot name"),
        (("--workload", "nope"), "no workload"),
        (("--concurrency", "0"), "1,16,64"),
        (("--wait", "-1s"), "60s or 2min"),
        (("--wait", "0.5s"), "between a second and a day"),
        (("--limit", "30h"), "between a second and a day"),
    ],
)
def test_a_wrong_option_is_told_at_once_and_not_at_night(
    home: Box, arguments: tuple[str, ...], said: str
) -> None:
    done = home.advisor("install", *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert home.files() == {}


def test_without_systemd_it_is_cron(plain: Box) -> None:
    (plain.home / "table").write_bytes(b"MAILTO=\xe9\n# mine\n5 4 * * * echo hi\n")
    before = (plain.home / "table").read_bytes()
    assert plain.advisor("install").returncode == 0
    assert plain.advisor("install", "--every", "day").returncode == 0
    table = (plain.home / "table").read_bytes()
    assert table.startswith(before)
    assert table.count(b"# BEGIN advisor schedule bench\n") == 1
    assert b"\n0 3 * * * flock -n " in table
    assert "by cron" in plain.advisor("list").stdout
    assert plain.advisor("remove").returncode == 0
    assert (plain.home / "table").read_bytes() == before


def test_a_crontab_that_held_only_our_block_is_gone_afterwards(plain: Box) -> None:
    plain.advisor("install")
    assert set(plain.files()) == {"table", "data/", "data/schedule-bench.lock"}
    assert plain.advisor("remove").returncode == 0
    assert plain.files() == {}
    assert plain.calls()[-1] == "crontab -r"


def test_one_name_is_scheduled_once(home: Box) -> None:
    assert home.advisor("install", "--with", "cron").returncode == 0
    refused = home.advisor("install", "--with", "systemd")
    assert refused.returncode == 2
    assert "cron runs a schedule 'bench' already" in refused.stderr
    assert home.advisor("install", "--with", "systemd", "--name", "other").returncode == 0
    listed = json.loads(home.advisor("list", "--json").stdout)["schedules"]
    assert {(each["name"], each["platform"]) for each in listed} == {
        ("bench", "cron"),
        ("other", "systemd"),
    }


def test_run_now_has_the_scheduler_start_it(home: Box) -> None:
    home.advisor("install")
    home.calls()
    done = home.advisor("run-now")
    assert done.returncode == 0, done.stderr
    assert home.calls() == ["systemctl --user start --no-block advisor-bench.service"]


def test_nothing_can_schedule_here(tmp_path: Path) -> None:
    bare = box(tmp_path, with_systemd=False)
    (bare.programs / "crontab").unlink()
    done = bare.advisor("install", PATH=str(bare.programs))
    assert done.returncode == 2
    assert "advisor schedule serve" in done.stderr
