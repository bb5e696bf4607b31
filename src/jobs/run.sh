#!/bin/sh
# run.sh NEVENTS SEED: leaves events.lhe.gz in the working directory.
# Exit code 0 means exactly NEVENTS events; the same arguments give the same
# file, and a run that was interrupted goes on when it is started again.
set -eu
if [ $# -lt 2 ]; then
    echo "usage: run.sh NEVENTS SEED" >&2
    exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
if [ -d "$here/pdf" ]; then
    export LHAPDF_DATA_PATH="$here/pdf${LHAPDF_DATA_PATH:+:$LHAPDF_DATA_PATH}"
fi
exec "$here/omnis" generate "$here/pack.omnis" -n "$1" --seed "$2" -o events.lhe.gz
