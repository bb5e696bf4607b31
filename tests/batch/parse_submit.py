"""Parses the submit files of a folder of jobs with HTCondor's own library."""

import sys
import warnings
from pathlib import Path

warnings.simplefilter("ignore")
try:
    import htcondor2 as htcondor
except ImportError:
    import htcondor

folder = Path(sys.argv[1])
for name in ["parts.sub", "merge.sub"]:
    submit = htcondor.Submit((folder / name).read_text())
    assert submit["executable"] == "/bin/sh", name
    assert submit["request_memory"] == "2048 MB", submit["request_memory"]
    assert submit["request_disk"] == "3072 MB", submit["request_disk"]
    assert submit["MY.MaxRuntime"] == "7200", dict(submit)
    assert submit["requirements"] == "(TARGET.HasSingularity)", name
    assert submit["accounting_group"] == "hep", name
    assert submit.getQArgs() == "", name
parts = htcondor.Submit((folder / "parts.sub").read_text())
parts["job"], parts["part"] = "2", "part_00002"
assert parts.expand("arguments") == "part.sh 2", parts.expand("arguments")
assert parts.expand("output") == "log/part_00002.log"
assert parts["max_retries"] == "3" and parts["retry_until"] == "(ExitCode == 2)"
if parts["should_transfer_files"] == "YES":
    sent = parts.expand("transfer_input_files").split(", ")
    for name in sent[:3] + ["part_00002.state"]:
        assert name in sent and (folder / name).is_file(), name
print(f"htcondor {htcondor.__version__ if hasattr(htcondor, '__version__') else ''}: {folder.name} parses")
