"""Importing a coordinator's sheet: upload, mapping, dry run, run."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from services.web.visitor import signed_in

pages = Blueprint("imports", __name__, url_prefix="/coordinator/import")


@pages.get("")
@signed_in("coordinator")
def start() -> ResponseReturnValue:
    return render_template("problem.html", status=404, text="")
