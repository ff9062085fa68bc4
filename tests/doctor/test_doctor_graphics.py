"""What stands between a graphics card and a measurement."""

from __future__ import annotations

import pytest
from well_machine import NO_GRAPHICS, facts, only, place

from advisor.doctor.facts import Card, Graphics
from advisor.doctor.graphics import graphics
from advisor.machine.nvml import DRIVER_NOT_LOADED, LIBRARY_MISMATCH, NO_PERMISSION

DOCKER = place(container="docker")


def test_every_card_that_answers_is_named() -> None:
    seen = Graphics(cards=(Card("RTX 4090", "595.1"), Card("RX 9070")), nvidia_answers=True)
    found = graphics(facts(graphics=seen))
    assert [(each.status, each.what) for each in found] == [("ok", "RTX 4090"), ("ok", "RX 9070")]
    assert "595.1" in found[0].why
    assert found[1].why == ""


def test_a_silent_card_beside_one_that_answers_is_not_hidden() -> None:
    seen = Graphics(
        cards=(Card("RTX 4090"),),
        nvidia_answers=True,
        makers=("NVIDIA", "NVIDIA"),
        reason="card 1 cannot be opened: it is lost",
    )
    found = graphics(facts(graphics=seen))
    assert [each.status for each in found] == ["ok", "limited"]
    assert "card 1" in found[1].why


def test_no_card_at_all_has_no_command() -> None:
    finding = only(graphics(facts(graphics=NO_GRAPHICS)))
    assert (finding.status, finding.fix) == ("missing", None)


@pytest.mark.parametrize(
    ("distributions", "command"),
    [
        (("ubuntu", "debian"), "sudo ubuntu-drivers install"),
        (("linuxmint", "ubuntu", "debian"), "sudo ubuntu-drivers install"),
        (("debian",), "sudo apt install nvidia-kernel-dkms nvidia-driver"),
        (("fedora",), "sudo dnf install akmod-nvidia xorg-x11-drv-nvidia-cuda"),
        (("arch",), "sudo pacman -S nvidia-open"),
        (("slackware",), None),
        ((), None),
    ],
)
def test_a_card_without_driver_names_this_systems_own_command(
    distributions: tuple[str, ...], command: str | None
) -> None:
    seen = Graphics(makers=("NVIDIA",))
    finding = only(graphics(facts(graphics=seen, distributions=distributions)))
    assert (finding.status, finding.fix) == ("missing", command)


@pytest.mark.parametrize(
    ("code", "said", "command"),
    [
        (9, "not loaded", "sudo modprobe nvidia"),
        (18, "do not match", "sudo reboot"),
        (4, "may not talk", "sudo chmod a+rw /dev/nvidia*"),
        (999, "does not start", None),
    ],
)
def test_a_driver_that_fails_says_how_and_what_mends_it(
    code: int, said: str, command: str | None
) -> None:
    seen = Graphics(makers=("NVIDIA",), nvml_code=code, reason="NVML error")
    finding = only(graphics(facts(graphics=seen)))
    assert finding.status == "missing"
    assert said in finding.what
    assert finding.fix == command


def test_a_device_file_of_a_group_is_opened_by_joining_it() -> None:
    seen = Graphics(makers=("NVIDIA",), nvml_code=4, device_group="video")
    finding = only(graphics(facts(graphics=seen)))
    assert finding.fix == 'sudo usermod -aG video "$USER"'


@pytest.mark.parametrize("seen", [NO_GRAPHICS, Graphics(makers=("NVIDIA",)), Graphics(nvml_code=4)])
def test_a_container_gets_its_card_from_outside(seen: Graphics) -> None:
    finding = only(graphics(facts(graphics=seen, environment=DOCKER)))
    assert finding.fix == "docker run --gpus all IMAGE"


def test_a_mismatch_in_a_container_is_mended_on_the_host() -> None:
    seen = Graphics(nvml_code=18)
    assert "host" in only(graphics(facts(graphics=seen, environment=DOCKER))).why


def test_windows_restarts_in_its_own_way() -> None:
    finding = only(graphics(facts(system="Windows", graphics=Graphics(nvml_code=18))))
    assert finding.fix == "shutdown /r /t 0"


def test_wsl_wants_the_driver_on_windows() -> None:
    finding = only(graphics(facts(graphics=NO_GRAPHICS, environment=place(wsl=True))))
    assert "Windows" in finding.why
    assert finding.fix is None


@pytest.mark.parametrize(("maker", "command"), [("AMD", "sudo modprobe amdgpu"), ("Intel", None)])
def test_other_makers_without_their_driver_are_missing(maker: str, command: str | None) -> None:
    seen = Graphics(makers=(maker, maker), reason="no driver of theirs is loaded")
    finding = only(graphics(facts(graphics=seen)))
    assert (finding.status, finding.fix) == ("missing", command)
    assert finding.what == f"{maker} graphics that cannot be asked"


def test_a_processors_own_graphics_are_no_gpu() -> None:
    finding = only(graphics(facts(graphics=Graphics(makers=("Intel",)))))
    assert (finding.status, finding.what, finding.fix) == ("missing", "no GPU", None)
    assert "own graphics" in finding.why


def test_an_nvidia_driver_that_fails_beside_another_makers_card_is_not_hidden() -> None:
    seen = Graphics(cards=(Card("RX 9070"),), makers=("AMD", "NVIDIA"), nvml_code=18, reason="x")
    found = graphics(facts(graphics=seen))
    assert [each.status for each in found] == ["ok", "missing"]
    assert found[1].fix == "sudo reboot"


def test_windows_is_not_said_to_list_no_card() -> None:
    finding = only(graphics(facts(system="Windows", graphics=NO_GRAPHICS)))
    assert finding.status == "missing"
    assert "no NVIDIA driver answers" in finding.why


@pytest.mark.parametrize("code", [DRIVER_NOT_LOADED, LIBRARY_MISMATCH, NO_PERMISSION, 999])
def test_a_driver_that_fails_in_wsl_is_mended_on_windows(code: int) -> None:
    seen = Graphics(nvml_code=code, reason="some reason")
    found = only(graphics(facts(graphics=seen, environment=place(vm="hyper-v", wsl=True))))
    assert found.fix == "wsl.exe --shutdown"
    assert "on Windows" in found.why and "some reason" in found.why


def test_podman_has_its_own_way_to_pass_a_card() -> None:
    found = only(graphics(facts(graphics=Graphics(), environment=place(container="podman"))))
    assert found.fix == "podman run --device nvidia.com/gpu=all IMAGE"
