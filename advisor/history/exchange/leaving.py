"""Which fields of a record may leave this machine? Every one that may is named here.

A field that is not named stays at home, so one that is added to a record does not leave until
somebody decides that it may. `FIELDS` are numbers, flags, fixed words and further structures,
`TEXTS` texts by a rule, `ASKED` what is left out unless it is asked for by name.
"""

from __future__ import annotations

from types import MappingProxyType

from advisor.history.exchange.texts import (
    Rule,
    fingerprint,
    kernel,
    label,
    machine,
    model_name,
    moment,
    path_in_record,
    run_id,
    version,
    word,
)

ASKED = MappingProxyType(
    {
        "addresses": "addresses of model servers",
        "advice": "the advice, and what was said of team, use and tariff",
        "errors": "what servers said of failures",
        "hostname": "this machine's name, in the bundle's list of contents",
        "notes": "notes on runs",
        "prompts": "where prompts came from",
        "samples": "the times of every request",
        "spending": "what a paid API was asked and what it cost",
        "serials": "identifiers and bus addresses of graphics cards, and process numbers",
        "tags": "tags of runs",
        "texts": "warnings, assumptions, reasons, and what changed on the machine",
    }
)
"""What can be asked for: name -> what it is."""

OPTIONAL = MappingProxyType(
    {
        ("Bench", "assumptions"): "texts",
        ("Bench", "same_work"): "spending",
        ("Bench", "spend"): "spending",
        ("Bench", "warnings"): "texts",
        ("BoxPower", "assumptions"): "texts",
        ("Energy", "warning"): "texts",
        ("Gpu", "pci_bus_id"): "serials",
        ("Gpu", "processes"): "serials",
        ("Gpu", "uuid"): "serials",
        ("Machine", "changes"): "texts",
        ("Machine", "id_basis"): "texts",
        ("MigInstance", "uuid"): "serials",
        ("OperatingPoint", "method"): "texts",
        ("Run", "advice"): "advice",
        ("Run", "said"): "advice",
        ("Run", "skip"): "texts",
        ("Run", "tags"): "tags",
        ("ServerFacts", "proxies"): "addresses",
        ("ServerFacts", "url"): "addresses",
        ("SettingTold", "source"): "texts",
        ("Stage", "error_details"): "errors",
        ("Suspect", "reason"): "texts",
        ("Workload", "prompts"): "prompts",
        ("Workload", "source"): "prompts",
    }
)
"""(structure, field) -> the name under which it can be asked for."""

TEXTS: MappingProxyType[tuple[str, str], Rule] = MappingProxyType(
    {
        ("Bench", "id"): run_id,
        ("Bench", "machine"): machine,
        ("Bench", "measured_on"): label,
        ("Bench", "started_at"): moment,
        ("BoxPower", "grade"): word,
        ("ColdStart", "of"): label,
        ("Cpu", "architecture"): word,
        ("Cpu", "features"): word,
        ("Cpu", "governor"): word,
        ("Cpu", "model"): label,
        ("CrossCheckOf", "definition"): label,
        ("Bandwidth", "method"): label,
        ("Drivers", "cuda"): version,
        ("Drivers", "nvidia"): version,
        ("Energy", "domain"): word,
        ("Energy", "grade"): word,
        ("Energy", "meter"): label,
        ("EnergyTrial", "held_back_by"): label,
        ("Environment", "container"): word,
        ("Environment", "limited_by"): label,
        ("Environment", "vm"): label,
        ("Gpu", "bandwidth_basis"): label,
        ("Gpu", "compute_capability"): word,
        ("Gpu", "name"): label,
        ("Gpu", "throttle_reasons"): label,
        ("Machine", "id"): machine,
        ("Machine", "probed_at"): moment,
        ("Machine", "signature"): fingerprint,
        ("MemoryModule", "kind"): word,
        ("MigInstance", "profile"): word,
        ("Model", "digest"): fingerprint,
        ("Model", "name"): model_name,
        ("Model", "quantization"): word,
        ("OperatingSystem", "kernel"): kernel,
        ("OperatingSystem", "name"): label,
        ("OperatingSystem", "python"): version,
        ("OperatingSystem", "system"): word,
        ("Run", "advisor_version"): version,
        ("Run", "id"): run_id,
        ("Run", "started_at"): moment,
        ("SensorReading", "held_back_by"): label,
        ("ServerFacts", "http_version"): label,
        ("ServerFacts", "kind"): word,
        ("ServerFacts", "version"): version,
        ("SettingTold", "means"): word,
        ("SettingTold", "name"): word,
        ("SettingTold", "value"): word,
        ("SloLimit", "metric"): word,
        ("SloLimit", "statistic"): word,
        ("Source", "file_sha256"): fingerprint,
        ("Source", "tool"): word,
        ("Source", "version"): version,
        ("Stage", "arrivals"): word,
        ("Stage", "held_back_by"): label,
        ("Stage", "prefill_source"): word,
        ("Stage", "stopped_by"): label,
        ("Stage", "token_source"): word,
        ("Suspect", "path"): path_in_record,
        ("Sustained", "held_back_by"): label,
        ("Switch", "from_model"): model_name,
        ("Switch", "to_model"): model_name,
        ("TotalOf", "definition"): label,
        ("TotalOf", "source"): label,
        ("Sustained", "verdict"): word,
        ("ToldMachine", "accelerator"): label,
        ("ToldMachine", "cpu"): label,
        ("ToldMachine", "id"): machine,
        ("ToldMachine", "system"): word,
        ("ToldMetric", "definition"): label,
        ("ToldMetric", "load"): label,
        ("ToldMetric", "name"): word,
        ("ToldMetric", "statistic"): label,
        ("ToldMetric", "unit"): label,
        ("Workload", "name"): word,
    }
)
"""(structure, field) -> what of its text, or of each of its texts, may leave."""

KEYS: MappingProxyType[tuple[str, str], Rule] = MappingProxyType(
    {
        ("EnergyTrial", "costs_j"): word,
        ("EnergyTrials", "costs_j"): word,
        ("Stage", "errors"): word,
    }
)
"""Tables of numbers: (structure, field) -> which of their names may leave."""

FIELDS = MappingProxyType(
    {
        "Bandwidth": "median_bytes_per_s spread_bytes_per_s read_bytes_per_s copy_bytes_per_s "
        "one_thread_bytes_per_s n threads working_set_bytes others_busy_percent",
        "Baselines": "unloaded resident",
        "Bench": "schema duration_s server model workload partial first_request stages "
        "operating_point capacity contexts sustained baselines energy_trials suspect "
        "cold_start",
        "BoxPower": "idle_w active_w idle_band_w active_band_w",
        "Cache": "l1d_bytes l2_bytes l3_bytes",
        "Capacity": "saturation within_slo tolerance",
        "CapacityLoad": "concurrency rate output_tok_per_s goodput_per_s",
        "ColdStart": "was_loaded loads warm_request warm_requests unload_s switches",
        "Cpu": "sockets physical_cores logical_cores frequency_mhz frequency_max_mhz cache",
        "CrossCheck": "decode_tok_per_s prefill_tok_per_s threshold prompt_tokens output_tokens "
        "ttft_ms itl_ms",
        "CrossCheckOf": "ours servers difference disagrees n",
        "Disk": "total_bytes free_bytes rotational",
        "Distribution": "median mean p95 p99 n ci95",
        "Drivers": "",
        "Energy": "idle_w active_w energy_j j_per_request j_per_input_token j_per_output_token "
        "j_per_input_token_marginal j_per_output_token_marginal j_per_input_token_wall "
        "j_per_output_token_wall box",
        "EnergyTrial": "window_s active_w temperature_c",
        "EnergyTrials": "concurrency trials drifting",
        "Environment": "wsl usable_cpus usable_memory_bytes",
        "FirstRequest": "ttft_ms load_s",
        "Goodput": "slo requests_per_s share values_ms met",
        "Gpu": "index vendor memory_total_bytes memory_free_bytes memory_unified "
        "memory_bus_width_bits bandwidth_bytes_per_s power_w power_limit_w power_limit_max_w "
        "has_energy_counter temperature_c clock_graphics_mhz clock_graphics_max_mhz "
        "clock_memory_mhz clock_memory_max_mhz pcie_generation pcie_generation_max pcie_width "
        "pcie_width_max ecc_enabled persistence_enabled mig_enabled core_count mig_instances "
        "ecc_corrected_errors ecc_uncorrected_errors",
        "IdlePower": "power_w window_s low_w high_w",
        "InFlight": "mean max",
        "Load": "disk_cache_share load_s first_request",
        "Machine": "schema hostname_shared cpu memory disk gpus drivers os environment "
        "integrated_graphics",
        "Memory": "total_bytes available_bytes swap_total_bytes bandwidth_bytes_per_s bandwidth "
        "channels speed_mt_per_s modules",
        "MemoryModule": "size_bytes width_bits speed_mt_per_s rated_speed_mt_per_s",
        "MigInstance": "memory_total_bytes memory_free_bytes gpu_slices compute_slices "
        "multiprocessors",
        "Model": "parameters size_bytes synthetic",
        "OperatingPoint": "concurrency prefill_tok_per_s prefill_ci95 decode_tok_per_s decode_ci95 "
        "stages",
        "OperatingSystem": "",
        "Rate": "value ci95",
        "RequestTimes": "ttft_ms e2e_ms",
        "Run": "schema kind partial machine bench source",
        "SensorReading": "gpu_clock_mhz gpu_temperature_c cpu_clock_mhz cpu_temperature_c",
        "ServerFacts": "settings",
        "SettingTold": "",
        "SloLimit": "limit_ms",
        "Source": "machine metrics",
        "Stage": "concurrency rate in_flight overloaded goodput requests attempts input_tokens "
        "cached_input_tokens output_tokens output_tokens_asked ttft_ms itl_ms tpot_ms e2e_ms "
        "send_delay_ms prefill_tok_per_s decode_tok_per_s output_tok_per_s requests_per_s "
        "cross_check energy temperature_c drifting warmup window_s precision",
        "Suspect": "value",
        "Sustained": "stage interval_s points first_tok_per_s last_tok_per_s change change_ci95",
        "SustainedPoint": "at_s output_tok_per_s power_w sensors",
        "Switch": "load_s first_token_s kept_loaded",
        "ToldMachine": "accelerator_memory_bytes memory_bytes",
        "ToldMetric": "value",
        "TotalOf": "ours ours_with_cut servers difference disagrees",
        "WarmUp": "requests seconds steady",
        "Workload": "input_tokens input_tokens_p95 output_tokens output_tokens_p95 "
        "shared_prefix_tokens turns scaled_from seed tokens_per_word",
    }
)
"""Structure -> its fields without free text that may leave."""

DEFINED = (("Bench", "definitions"),)
"""Tables of which those entries leave that this program wrote word by word."""
REASONED = (("Bench", "unknown"), ("Machine", "unknown"))
"""Tables of reasons by path: the path leaves, the reason only with `texts`."""
HOME = (("GpuProcess", "pid"), ("GpuProcess", "memory_bytes"), ("MemoryModule", "place"))
"""What stays whatever is asked for, or goes with what holds it."""
