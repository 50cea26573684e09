#!/usr/bin/env bash
# Builds build/package for azd: its hook "prepackage" calls this before it zips that folder.
#
#   deploy/azd-package.sh
#
# Needs: make, and Python 3.13.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

case ${1:-} in
  '') ;;
  -h | --help) usage; exit 0 ;;
  *) die "I do not know \"$1\"." "run $0 --help" ;;
esac
need_command make "apt-get install make (on Windows: run azd in WSL or in Cloud Shell)"
make package || die "the package was not built; the reason is above." "make test shows more"
[[ -f build/package/host.json ]] || die "make package left no build/package/host.json." "make clean package"

# Without an ignore file of its own in that folder, azd leaves out every __pycache__ of a Python app:
# the compiled code, without which a cold start takes seconds longer. It does not zip this file.
say '# azd: everything in this folder ships.' >build/package/.funcignore
