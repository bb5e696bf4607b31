#!/bin/sh
# runcmsgrid.sh NEVENTS SEED NCPU: leaves cmsgrid_final.lhe in the working
# directory. Exit code 0 means exactly NEVENTS events; the same NEVENTS and SEED
# give the same file with any NCPU, and a run that was interrupted goes on when
# it is started again.
set -eu
if [ $# -lt 2 ]; then
    echo "usage: runcmsgrid.sh NEVENTS SEED [NCPU]" >&2
    exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
if [ -d "$here/pdf" ]; then
    export LHAPDF_DATA_PATH="$here/pdf${LHAPDF_DATA_PATH:+:$LHAPDF_DATA_PATH}"
fi
exec "$here/omnis" generate "$here/pack.omnis" -n "$1" --seed "$2" --threads "${3:-1}" \
    -o cmsgrid_final.lhe
