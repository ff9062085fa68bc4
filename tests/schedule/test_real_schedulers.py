"""Installed, listed, started and removed with the real systemctl and crontab, kept apart."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from made_up_jobs import UNKIND
from real_schedulers import with_real_crontab, with_real_systemd

ADVISOR = f"{sys.executable} -P -m advisor schedule"

RECORD = """
import sys
from pathlib import Path
from made_up_jobs import job
from advisor.schedule.steps import carry_out
from advisor.schedule.systemd import Systemd
home = Path.home()
program = home / "record"
program.write_text(f"#!{sys.executable}\\nimport json, sys\\n"
                   f"json.dump(sys.argv[1:], open({str(home / 'seen')!r}, 'w'))\\n")
program.chmod(0o755)
made = job(*UNKIND, program=(str(program),), data_folder=str(home))
carry_out(Systemd().install(made))
assert Systemd().trouble(made) is None, Systemd().trouble(made)
assert Systemd().jobs() == (made,)
carry_out(Systemd().run_now(made))
""".replace("import job", "import UNKIND, job")


def test_systemd_installs_lists_runs_and_forgets(tmp_path: Path) -> None:
    home = tmp_path / "home"
    told = with_real_systemd(
        f"""
        {ADVISOR} install --every day --at 04:00 --wait 1s --url http://127.0.0.1:9 || exit 1
        {ADVISOR} install --every week --at 03:00 --wait 1s --url http://127.0.0.1:9 || exit 1
        systemctl --user list-timers --all --no-legend --no-pager
        systemctl --user is-enabled advisor-bench.timer || exit 1
        {ADVISOR} run-now || exit 1
        for i in $(seq 60); do
          systemctl --user is-active -q advisor-bench.service && break; sleep 0.1
        done
        for i in $(seq 300); do
          [ "$(systemctl --user is-active advisor-bench.service)" = activating ] || break
          sleep 0.1
        done
        echo ---; {ADVISOR} list --json; echo ---
        {ADVISOR} remove || exit 1
        systemctl --user list-timers --all --no-legend --no-pager
        systemctl --user list-units --all --no-legend --no-pager 'advisor-*'
        find "$HOME/.config" "$HOME/.local/share/systemd" -type f -o -type l
        """,
        home,
    )
    before, listed, after = told.split("---\n")
    (timer,) = [line for line in before.splitlines() if "left" in line]
    assert timer.startswith("Sun ")
    assert "advisor-bench.timer" in timer
    assert "enabled" in before.splitlines()
    (schedule,) = json.loads(listed)["schedules"]
    assert schedule["trouble"] is None
    (last,) = schedule["last_runs"]
    assert "nothing listens" in last["skipped"]
    assert after.splitlines() == ["Removed 'bench' from systemd. The history is untouched."]


def test_systemd_hands_on_every_argument_as_it_is(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "install.py").write_text(RECORD)
    here = Path(__file__).parent
    told = with_real_systemd(
        f"""
        PYTHONPATH={here} {sys.executable} "$HOME/install.py" || exit 1
        for i in $(seq 100); do [ -s "$HOME/seen" ] && break; sleep 0.1; done
        sleep 0.2; cat "$HOME/seen"
        """,
        home,
    )
    assert tuple(json.loads(told)[-len(UNKIND) :]) == UNKIND


def test_crontab_takes_our_block_and_gives_back_the_rest(tmp_path: Path) -> None:
    told = with_real_crontab(
        f"""
        printf 'MAILTO=me\\n# mine\\n5 4 * * * echo 50\\\\%%\\n' > mine; crontab mine
        {ADVISOR} install --with cron --model "my model's 50%.gguf" >/dev/null || exit 1
        {ADVISOR} install --with cron --model "my model's 50%.gguf" >/dev/null || exit 1
        crontab -l; echo ---
        {ADVISOR} remove >/dev/null || exit 1
        crontab -l | cmp - mine || exit 1
        crontab -r
        {ADVISOR} install --with cron >/dev/null && {ADVISOR} remove >/dev/null || exit 1
        crontab -l 2>&1
        ls "$HOME/.local/share"
        exit 0
        """,
        tmp_path / "home",
    )
    installed, after = told.split("---\n")
    assert installed.count("# BEGIN advisor schedule bench") == 1
    assert "my model'\"'\"'s 50\\%.gguf' >/dev/null\n" in installed
    assert after == "no crontab for root\n"
