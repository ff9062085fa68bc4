"""Only our block in the crontab changes, and the line reaches the shell as it was meant."""

from __future__ import annotations

import shlex
from datetime import datetime

import pytest
from cronsim import CronSim
from made_up_jobs import UNKIND, WHENS, job

from advisor.errors import InputError
from advisor.schedule.cron import BLOCK, block, without
from advisor.schedule.job import read_mark

FOR_CRON = tuple(each for each in UNKIND if "\\" not in each)
OTHERS = "MAILTO=me\n# mine\n5 4 * * * echo 50\\% > /dev/null\n"


def as_cron_reads(text: str) -> tuple[str, str]:
    """Schedule and command of the only entry: % ends a command unless it has a backslash."""
    (line,) = [each for each in text.splitlines() if not each.startswith("#")]
    *fields, command = line.split(" ", 5)
    bare = command.replace("\\%", "\0")
    assert "%" not in bare
    return " ".join(fields), bare.replace("\0", "%")


@pytest.mark.parametrize("when", WHENS, ids=str)
def test_a_parser_takes_the_fields(when) -> None:
    fields, _ = as_cron_reads(block(job(when=when)))
    assert len(fields.split()) == 5
    next(CronSim(fields, datetime(2026, 1, 1)))


def test_the_command_is_what_was_meant() -> None:
    made = job(*FOR_CRON)
    _, command = as_cron_reads(block(made))
    words = shlex.split(command)
    wanted = made.command(spread_s=600, quiet=True)
    assert words[-1] == ">/dev/null"
    assert tuple(words[-1 - len(wanted) : -1]) == wanted
    assert words[:2] == ["flock", "-n"]
    assert words[3] == "timeout"


def test_a_backslash_and_an_endless_line_are_refused() -> None:
    with pytest.raises(InputError, match="backslash"):
        block(job("a\\b"))
    with pytest.raises(InputError, match=r"advisor\.toml"):
        block(job("x" * 1000))


def test_the_job_is_read_back_from_the_block() -> None:
    made = job(*FOR_CRON)
    (found,) = BLOCK.finditer(OTHERS + block(made) + "# after\n")
    assert found["name"] == "bench"
    assert read_mark(found["body"]) == made


def test_everything_of_others_stays_byte_for_byte() -> None:
    two = OTHERS + block(job(name="a")) + "# between\n" + block(job(name="b")) + "\n\n# after"
    assert without(two, "a") == OTHERS + "# between\n" + block(job(name="b")) + "\n\n# after"
    assert without(without(two, "a"), "b") == OTHERS + "# between\n" + "\n\n# after"
    assert without(OTHERS, "a") == OTHERS


def test_a_block_that_was_changed_by_hand_is_not_guessed_at() -> None:
    whole = OTHERS + block(job())
    broken = whole.replace("# END advisor schedule bench\n", "1 2 * * * mine\n")
    with pytest.raises(InputError, match="crontab -e"):
        without(broken + "# END advisor schedule bench\n", "bench")
