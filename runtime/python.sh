# Sourced by ./start and ./test: puts the newest fitting Python into $python, or ends with one sentence.
# Newest first because pages render faster there. A name on PATH may be a stub that does not run, and
# Debian splits venv off: only a candidate that proves itself counts.
python=
for candidate in python3.13 /usr/bin/python3.13 python3.12 /usr/bin/python3.12 \
    python3.11 /usr/bin/python3.11 python3 python; do
    if "$candidate" -c 'import sys, venv, ensurepip
sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    case ${LC_ALL:-${LC_MESSAGES:-${LANG:-}}} in
        zh*) echo '✗ 需要 Python 3.11 或更新版本，并带有 venv（Debian：apt install python3 python3-venv）。' >&2 ;;
        *) echo '✗ Python 3.11 or newer with its venv module is needed (Debian: apt install python3 python3-venv).' >&2 ;;
    esac
    exit 1
fi
# Left by other environments, these would lead the interpreter to foreign packages.
unset PYTHONHOME PYTHONPATH
