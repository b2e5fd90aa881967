#!/bin/sh
# Installs Jiaqiao on a plain server without internet, or brings it to this version; docs/operations.md, "Without
# internet". Run a second time it changes nothing.
#   sh install.sh --address https://jiaqiao.example.org     the first time
#   sh install.sh                                            again, or a newer bundle
#   sh install.sh --check                                    looks, and changes nothing
#   sh install.sh --uninstall                                takes the program away, leaves the data
# --address http://192.168.1.10      a network of one's own, without TLS
# --without-start                    an empty database, into which a backup is restored
set -eu
umask 022
cd "$(dirname "$0")"
here=$PWD
home=/opt/jiaqiao
version=$(cat VERSION) release=$(cat RELEASE)

say() {
    case ${LC_ALL:-${LC_MESSAGES:-${LANG:-}}} in zh*) echo "$2" ;; *) echo "$1" ;; esac
}
stop() {
    say "✗ $1" "✗ $2" >&2
    exit 1
}

check= address= uninstall=
for word; do
    case $word in
        --check) check=yes ;;
        --address | --address=*) address=yes ;;
        --uninstall) uninstall=yes ;;
    esac
done

[ "$(id -u)" = 0 ] || stop "Only root can install: sudo sh install.sh" "只有 root 可以安装：sudo sh install.sh"

if [ "$uninstall" ]; then
    [ -e $home/current ] || stop "Jiaqiao is not installed here." "这台机器上没有安装家桥。"
    cd $home/current/app
    exec python3 -m runtime.server uninstall "$@"
fi

found=$(. /etc/os-release && echo "$ID-$VERSION_ID")-$(dpkg --print-architecture 2>/dev/null || uname -m)
[ "$found" = "$release" ] ||
    stop "This bundle is for $release, and this machine is $found: make one on a machine like it (./bundle)." \
        "这个安装包适用于 $release，而本机是 $found：请在同样系统的机器上重新制作（./bundle）。"

sha256sum --quiet --strict --check SHA256SUMS ||
    stop "A file is not as it was packed (above): copy the archive here again." \
        "有文件与打包时不一致（见上）：请重新复制安装包。"

first=
[ -e /etc/jiaqiao/env ] || first=yes
if [ "$first" ]; then
    [ "$address" ] ||
        stop "Say under which address it is reached: --address https://jiaqiao.example.org or http://192.168.1.10" \
            "请说明访问地址：--address https://jiaqiao.example.org 或 http://192.168.1.10"
    # Local ports that are listened on stand in these files, in hexadecimal, state 0A.
    for port in 80:0050 443:01BB 8000:1F40 6390:18F6; do
        if awk '$4 == "0A" {print $2}' /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -q ":${port#*:}\$"; then
            stop "Port ${port%:*} is taken by another program: stop that one first (ss -ltnp)." \
                "端口 ${port%:*} 已被别的程序占用：请先停掉它（ss -ltnp）。"
        fi
    done
fi
needed=3000 # measured: 600 for the program, 900 for Debian's packages, the rest for the first months of data
free=$(df -Pm / | awk 'NR == 2 {print $4}')
[ "$free" -ge $needed ] ||
    stop "The disk has $free MB left, and $needed MB are needed." "磁盘剩余 $free MB，需要 $needed MB。"

[ -d /run/systemd/system ] ||
    stop "systemd does not run here." "本机没有运行 systemd。"

was=$(basename "$(readlink $home/current 2>/dev/null || echo -)")
say "Jiaqiao $version for $release; here now: $was. The following is done:" \
    "家桥 $version（$release）；现有版本：$was。将要进行："
say "  1. Debian's packages are installed or renewed, from the bundle's own folder: $(cat PACKAGES)" \
    "  1. 从安装包自带的文件夹安装或更新系统软件包：$(cat PACKAGES)"
say "  2. the program in $home/releases/$version, run by the user jiaqiao" \
    "  2. 程序放在 $home/releases/$version，由用户 jiaqiao 运行"
say "  3. /etc/jiaqiao with new keys where it is missing; what is there stays" \
    "  3. 没有 /etc/jiaqiao 时建立并生成密钥；已有的不改"
say "  4. a database of PostgreSQL over its local socket; before an upgrade a backup, and a look at what it will do" \
    "  4. 通过本机套接字使用的 PostgreSQL 数据库；升级前先备份，并检查升级会做什么"
say "  5. services jiaqiao-*, started now and with the machine" "  5. 服务 jiaqiao-*，现在启动，以后随机器启动"
[ ! "$check" ] || exit 0

# Started by Debian with settings of its own on ports that are ours; whoever had them before keeps them.
new=
for service in redis-server caddy; do
    dpkg-query -W -f '${db:Status-Status}' $service 2>/dev/null | grep -qx installed || new="$new $service"
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/lists"
echo "deb [trusted=yes] file:$here/debs ./" >"$work/sources"
apt() {
    LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dir::Etc::sourcelist="$work/sources" \
        -o Dir::Etc::sourceparts=/dev/null -o Dir::State::lists="$work/lists" -o Dir::Cache::pkgcache= \
        -o Dir::Cache::srcpkgcache= -o Acquire::Languages=none -o APT::Sandbox::User= -o Dpkg::Use-Pty=0 "$@"
}
apt update
apt install --yes --no-install-recommends --no-remove $(cat PACKAGES)
apt upgrade --yes --no-remove # what these need in newer versions, where the bundle has them: mended holes
[ ! "$new" ] || systemctl --quiet disable --now $new

target=$home/releases/$version
if [ ! -e "$target/complete" ]; then
    rm -rf "$target"
    mkdir -p "$target/app"
    tar -xzf app.tar.gz -C "$target/app" --no-same-owner
fi
cd "$target/app"
python3 -m runtime.server install --bundle "$here" --version "$version" "$@"
