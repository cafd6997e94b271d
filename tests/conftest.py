"""For all tests: one seed, CLAIMS_TEST_SEED, and those marked `gpu` are skipped, and said to be, where there is no CUDA device.

A law holds for every seed: `CLAIMS_TEST_SEED=17 python -m pytest tests/theory` draws other arrays (the fixture `seed`) and makes
Hypothesis search elsewhere. Unset, it is 0; `--hypothesis-seed` overrules it for Hypothesis.
The shapes that functions of theory promise for their results are checked throughout.
A test that compares with torchvision takes it from the fixture of that name, and is skipped where it cannot be imported.
"""

import contextlib
import importlib
import os
import shutil
import warnings

import beartype
import pytest
import threadpoolctl
import torch
from jaxtyping import install_import_hook

if "PYTEST_XDIST_WORKER" in os.environ:  # workers with two threads each fight for two cores: 80 s for a test of 4
    torch.set_num_threads(1)
    threadpoolctl.threadpool_limits(1)
    os.environ |= {
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }  # what is loaded or started later

SEED = int(os.environ.get("CLAIMS_TEST_SEED", "0"))


def shapes_of_results(function):
    """Check the array shapes and types that a function of theory says it returns; its arguments are its own to refuse."""
    promised = str(getattr(function, "__annotations__", {}).get("return", ""))
    if not any(kind in promised for kind in ("Float[", "Int[", "Integer[", "Bool[")):
        return function
    function.__annotations__ = {"return": function.__annotations__["return"]}
    return beartype.beartype(function)


install_import_hook("contrastive_claims.theory", f"{__name__}.shapes_of_results")


@pytest.fixture(scope="session", autouse=True)
def no_memory_of_data(tmp_path_factory):
    """What is remembered of data sets (experiments.data.remembered) stays within these tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLAIMS_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def seed():
    """What a test draws its arrays from."""
    return SEED


def imported_torchvision():
    """torchvision; without it, or with a build for another torch (whose import raises what it will), the test is skipped."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a warning is no reason to skip
            found = importlib.import_module("torchvision")
            importlib.import_module("torchvision.transforms.v2")
            return found
    except Exception as error:  # noqa: BLE001 (whatever it raises)
        pytest.skip(f"no torchvision that fits this torch: {error}")


@pytest.fixture(scope="session")
def import_torchvision():
    """`imported_torchvision`."""
    return imported_torchvision


@pytest.fixture(scope="session")
def torchvision():
    """What `imported_torchvision` says."""
    return imported_torchvision()


@contextlib.contextmanager
def chromium(width=1280, height=900, dark=False, script=True):
    """Debian's Chromium without a window on the screen, closed again; what is not installed is an error, never a skip."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    paths = {name: shutil.which(name) for name in ("chromium", "chromedriver")}
    assert all(paths.values()), f"not installed: apt-get install chromium chromium-driver ({paths})"
    options = webdriver.ChromeOptions()
    options.binary_location = paths["chromium"]
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(paths["chromedriver"]))
    driver.command_executor.client_config.timeout = 600  # a busy machine, a page of ten thousand formulas
    try:
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
        driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not script})
        driver.set_script_timeout(600)
        yield driver
    finally:
        driver.quit()


@pytest.fixture(scope="session")
def open_browser():
    """`chromium`, for tests marked `browser`."""
    return chromium


@pytest.hookimpl(tryfirst=True)  # before Hypothesis reads its option
def pytest_configure(config):
    if config.option.hypothesis_seed is None:
        config.option.hypothesis_seed = str(SEED)


@pytest.hookimpl(optionalhook=True)  # of pytest-xdist
def pytest_xdist_make_scheduler(config, log):
    """The tests of a file go to one worker: what they share (drawings, certificates, a run) is made once, not once for each."""
    if config.getoption("dist") != "load":  # asked for otherwise
        return None
    from xdist.scheduler import LoadFileScheduling

    return LoadFileScheduling(config, log)


def pytest_collection_modifyitems(items):
    if torch.cuda.is_available():
        return
    for item in items:
        if "gpu" in item.keywords:
            item.add_marker(pytest.mark.skip(reason="needs a CUDA device, and there is none here"))
