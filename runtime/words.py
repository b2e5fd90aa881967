"""The texts that the embedded runtime prints, in English and Chinese.

Django's catalogue is not available yet.
"""

import os

SENTENCES: dict[str, tuple[str, str]] = {
    # steps
    "venv": ("Making .venv with Python {version}", "用 Python {version} 建立 .venv"),
    "installer": ("Fetching the installer of packages", "下载软件包安装程序"),
    "packages": ("Installing Python packages", "安装 Python 软件包"),
    "redis_package": ("Installing a Redis server", "安装 Redis 服务"),
    "node_package": ("Installing Node.js", "安装 Node.js"),
    "npm": ("Fetching front-end packages", "下载前端软件包"),
    "build": ("Building the front end", "构建前端"),
    "front_end": ("Waiting for the front end", "等待前端构建完成"),
    "translations": ("Compiling translations", "编译译文"),
    "initdb": ("Creating the database", "建立数据库"),
    "postgres": ("Starting PostgreSQL", "启动 PostgreSQL"),
    "redis": ("Starting Redis", "启动 Redis"),
    "migrate": ("Bringing the database up to date", "更新数据库结构"),
    "static": ("Collecting static files", "整理静态文件"),
    "seed": ("Loading the demo school", "载入演示学校"),
    "county": (
        "Loading the other schools of the demo county, while you look around",
        "载入演示县的其他学校，您可以先看看",
    ),
    "not_loaded": (
        "The demo works without them; the next start tries again.",
        "没有它们，演示照样能用；下次启动会再试。",
    ),
    "passwords": ("Setting the demo passwords", "设置演示密码"),
    "serve": ("Starting web, worker and beat", "启动网站、任务进程和定时进程"),
    "apt": ("Installing {packages} with apt", "用 apt 安装 {packages}"),
    "leftover": (
        "Ending {count} processes that an earlier start left behind",
        "结束上次启动遗留的 {count} 个进程",
    ),
    "opened_folder": (
        "Opened search permission of {folder}: PostgreSQL runs as the user {user}.",
        "已为 {folder} 开放进入权限：PostgreSQL 以用户 {user} 运行。",
    ),
    "done": ("done", "完成"),
    # after the start
    "ready": ("Jiaqiao is ready: {address}", "家桥已就绪：{address}"),
    "no_voice": (
        "Pages are not read aloud on phones without a voice: espeak-ng is missing. Install it: {command}",
        "手机自己不会朗读时，网页读不出来：这台机器没有装 espeak-ng。安装：{command}",
    ),
    "sign_ins": ("Demo sign-ins", "演示账号"),
    "password_for_all": ("password for all: {password}", "密码都是：{password}"),
    "try": ("Try this", "可以这样试"),
    "try_1": (
        "1. Sign in as {login}, the class teacher: Today shows who needs a call.",
        "1. 用班主任 {login} 登录：“今天”里是需要联系的孩子。",
    ),
    "try_2": (
        "2. Open {address}/check-ins/demo-phone/ : what parents received. Open a link, tap an answer.",
        "2. 打开 {address}/check-ins/demo-phone/ ：家长手机收到的消息。点开链接，选一个回答。",
    ),
    "try_3": (
        "3. Go back to Today and Check-ins; sign in as {principal} to see the dashboard count it.",
        "3. 回到“今天”和“联系”看变化；再用校长 {principal} 登录，看总览。",
    ),
    "first_school": (
        "A school of your own, with your own names (README, “The first school”):\n"
        "  .venv/bin/python manage.py create_school --county Gulang --name Huangyangchuan"
        " --code 62062201 --admin Zhou --login 13909350001",
        "建自己的学校，请换成自己的名字（见 README.zh.md“第一所学校”）：\n"
        "  .venv/bin/python manage.py create_school --county 古浪县 --name 黄羊川中心小学"
        " --code 62062201 --admin 周玲 --login 13909350001",
    ),
    "how_to_stop": (
        "Stop with Ctrl-C; the data stay in {data}",
        "按 Ctrl-C 停止；数据保留在 {data}",
    ),
    "stopping": ("Stopping …", "正在停止……"),
    "stopped": ("Stopped. The data are kept in {data}", "已停止。数据保留在 {data}"),
    # troubles: one sentence each
    "port_taken": (
        "Port {port} is taken by another program: stop it, or choose another with --port {other}.",
        "端口 {port} 已被别的程序占用：请关闭它，或用 --port {other} 换一个端口。",
    ),
    "bad_port": (
        "{port} is no port that we may use: choose one from 1024 to 65535.",
        "{port} 不能用作端口：请选 1024 到 65535 之间的数。",
    ),
    "already_running": (
        "Jiaqiao already runs on the data folder {data} ({holder}): use that one, or start with --data.",
        "数据文件夹 {data} 已有一个家桥在运行（{holder}）：请用它，或用 --data 指定别的文件夹。",
    ),
    "disk_full": (
        "The disk of {folder} is full: {free} MB are free and about {needed} MB are needed.",
        "{folder} 所在磁盘已满：剩余 {free} MB，大约需要 {needed} MB。",
    ),
    "not_writable": (
        "The folder {folder} cannot be written to ({cause}): choose another with --data.",
        "无法写入文件夹 {folder}（{cause}）：请用 --data 指定别的文件夹。",
    ),
    "old_postgres": (
        "The data folder {data} was made by PostgreSQL {found}, this version brings {ours}: "
        "dump it with the version that made it, or start with a new --data folder.",
        "数据文件夹 {data} 由 PostgreSQL {found} 建立，而本版本自带 {ours}："
        "请用原来的版本导出，或用 --data 指定新文件夹。",
    ),
    "strange_postgres": (
        "{data} holds files but no PostgreSQL database: move them away or start with a new --data "
        "folder.",
        "{data} 里有文件，但不是 PostgreSQL 数据库：请移走，或用 --data 指定新文件夹。",
    ),
    "newer_schema": (
        "The database was written by a newer Jiaqiao ({migration}): update this copy before starting.",
        "数据库由更新版本的家桥写入（{migration}）：请先更新程序再启动。",
    ),
    "no_database": (
        "The database does not answer at DATABASE_URL ({cause}).",
        "DATABASE_URL 指向的数据库没有回应（{cause}）。",
    ),
    "no_venv": (
        "Python {version} cannot make a virtual environment ({cause}): install its venv package.",
        "Python {version} 无法建立虚拟环境（{cause}）：请安装它的 venv 软件包。",
    ),
    "no_node": (
        "Node.js 20 or newer is missing and could not be installed: install it and start again "
        "({cause}).",
        "缺少 Node.js 20 或更新版本，自动安装也未成功：请安装后重试（{cause}）。",
    ),
    "no_redis": (
        "Redis is missing and could not be installed: install redis-server or set REDIS_URL ({cause}).",
        "缺少 Redis，自动安装也未成功：请安装 redis-server，或设置 REDIS_URL（{cause}）。",
    ),
    "no_postgres": (
        "PostgreSQL is missing from .venv: delete .venv and start again, or set DATABASE_URL.",
        ".venv 里没有 PostgreSQL：请删除 .venv 后重试，或设置 DATABASE_URL。",
    ),
    "no_postgres_user": (
        "PostgreSQL does not run as root and the user {user} could not be made ({cause}): start as an "
        "ordinary user.",
        "PostgreSQL 不能以 root 运行，用户 {user} 也无法建立（{cause}）：请以普通用户启动。",
    ),
    "no_tool": (
        "{tool} is missing and cannot be installed from here: install {packages} and run again.",
        "缺少 {tool}，这里无法自动安装：请安装 {packages} 后重试。",
    ),
    "no_network": (
        "--lan needs a network, and this machine has no address in one.",
        "--lan 需要网络，但本机没有局域网地址。",
    ),
    "step_failed": (
        "“{step}” failed: {cause} (all of it in {log})",
        "“{step}”没有成功：{cause}（详见 {log}）",
    ),
    "ended": (
        "{name} stopped unexpectedly: {cause} (full log: {log})",
        "{name} 意外退出：{cause}（详见 {log}）",
    ),
    "ended_often": (
        "{name} ended {times} times within {minutes} minutes, the last time by {cause} (all of it in {log}).",
        "{name} 在 {minutes} 分钟内退出了 {times} 次，最后一次的原因：{cause}（详见 {log}）。",
    ),
    "again": (
        "{name} ended: {cause}. It begins again ({count} of {times} times within {minutes} minutes).",
        "{name} 退出了：{cause}。现在重新启动（{minutes} 分钟内第 {count} 次，最多 {times} 次）。",
    ),
    "waits_for_space": (
        "The disk of {folder} is full ({free} MB are free). Make room: everything goes on by itself then.",
        "{folder} 所在磁盘已满（剩余 {free} MB）。请腾出空间，之后会自动继续运行。",
    ),
    "by_kill": (
        "signal SIGKILL, from somebody or from a system short of memory",
        "收到信号 SIGKILL，可能有人强行结束了它，或系统内存不足",
    ),
    "by_signal": ("signal {name}; before it: {last}", "收到信号 {name}；此前的记录：{last}"),
    "by_status": ("status {status}: {last}", "状态码 {status}：{last}"),
    "not_healthy": (
        "The site did not become ready within {seconds} seconds: {cause} (logs in {log})",
        "网站在 {seconds} 秒内没有就绪：{cause}（日志在 {log}）",
    ),
    # ./bundle
    "bundle_python": (
        "Making an environment of the system's Python",
        "用系统自带的 Python 建立环境",
    ),
    "bundle_wheels": ("Fetching Python packages for the server", "下载服务器用的 Python 软件包"),
    "bundle_debs": ("Fetching Debian's packages for the server", "下载服务器用的系统软件包"),
    "bundle_made": (
        "{archive}, {size} MB\nSHA-256 {digest}",
        "{archive}，{size} MB\nSHA-256 {digest}",
    ),
    "bundle_next": (
        "On the server, as root: tar -xf {name}.tar && sh {name}/install.sh --address https://…",
        "在服务器上以 root 执行：tar -xf {name}.tar && sh {name}/install.sh --address https://…",
    ),
    "bundle_unsaved": (
        "A bundle is made of a commit, and here is something that is in none: {cause}",
        "安装包按提交制作，而这里有未提交的内容：{cause}",
    ),
    "bundle_no_apt": (
        "A bundle is made on Debian or Ubuntu, of the release that the server has.",
        "安装包须在与服务器同一版本的 Debian 或 Ubuntu 上制作。",
    ),
    "bundle_no_debs": (
        "apt-get did not say which packages are needed ({cause}): apt-get update, then again.",
        "apt-get 没有给出所需的软件包（{cause}）：请先 apt-get update 再试。",
    ),
    # a server that is installed from a bundle
    "server_packages": ("Installing Python packages from the bundle", "从安装包安装 Python 软件包"),
    "server_backup": ("Backing up to {folder} before the upgrade", "升级前备份到 {folder}"),
    "server_ready": ("✓ Jiaqiao {version} runs: {address}", "✓ 家桥 {version} 已运行：{address}"),
    "server_unchanged": (
        "✓ Jiaqiao {version} runs, nothing had to be changed: {address}",
        "✓ 家桥 {version} 在运行，没有需要改动的：{address}",
    ),
    "server_first": (
        "Now: carry {file} away, keep it in two other places and delete it here: it opens the backups.\n"
        "Write SECRET_KEY, NOTE_KEYS and AUDIT_KEYS of {variables} down in a second place.\n"
        "Fill EMAIL_URL and ALERT_EMAILS in there, then: systemctl restart jiaqiao.target\n"
        "The first school: jiaqiao create_school --county … --name … --code … --admin … --login …",
        "接下来：把 {file} 拷走，另存两处，再从本机删除；备份只有它能打开。\n"
        "把 {variables} 里的 SECRET_KEY、NOTE_KEYS、AUDIT_KEYS 另存一处。\n"
        "在同一文件填好 EMAIL_URL 和 ALERT_EMAILS，然后执行：systemctl restart jiaqiao.target\n"
        "建第一所学校：jiaqiao create_school --county … --name … --code … --admin … --login …",
    ),
    "server_waits": (
        "Installed, not started. Now restore (jiaqiao restore …), then: sh install.sh",
        "已安装，未启动。请先恢复备份（jiaqiao restore …），再执行：sh install.sh",
    ),
    "server_gone": (
        "The program is gone. What stays: {kept}, the database {database} in PostgreSQL, Debian's packages.",
        "程序已移除。保留的有：{kept}、PostgreSQL 中的数据库 {database}，以及系统软件包。",
    ),
    "server_root": ("Only root may: sudo jiaqiao …", "需要 root：sudo jiaqiao …"),
    "server_bad_address": (
        "{address} is no address of a site: https://jiaqiao.example.org or http://192.168.1.10",
        "{address} 不是网站地址：应如 https://jiaqiao.example.org 或 http://192.168.1.10",
    ),
    "server_no_postgres": (
        "PostgreSQL's programs are not in /usr/lib/postgresql.",
        "/usr/lib/postgresql 里没有 PostgreSQL 的程序。",
    ),
    "server_database": ("PostgreSQL: {cause}", "PostgreSQL：{cause}"),
    "server_no_key": (
        "{file} names no public key: delete it and run again.",
        "{file} 里没有公钥：请删除后重试。",
    ),
    "server_step": ("“{step}” failed: {cause}", "“{step}”没有成功：{cause}"),
    "server_no_backup": (
        "No backup could be made (above), so nothing was changed: {was} still runs.",
        "备份没有成功（见上），未作任何改动：{was} 仍在运行。",
    ),
    "server_not_yet": (
        "Not upgraded (above): {was} still runs.",
        "没有升级（见上）：{was} 仍在运行。",
    ),
    "server_migrate": (
        "The database could not be brought to {version} (above). Nothing runs now; mend it and run again, or "
        "restore the backup that was just made.",
        "数据库未能更新到 {version}（见上）。现在服务已停止；请排除故障后重试，或恢复刚才的备份。",
    ),
    "server_not_healthy": (
        "{process} did not become ready within {seconds} seconds: journalctl -u 'jiaqiao-*' --since -10min",
        "{process} 在 {seconds} 秒内没有就绪：journalctl -u 'jiaqiao-*' --since -10min",
    ),
}


class Trouble(Exception):
    """Ends the command with one sentence for the person at the terminal, and exit status 1."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(sentence(key, **values))
        self.key = key


def speaks_chinese() -> bool:
    """Return whether to speak Chinese.

    As programs do, by the first of LC_ALL, LC_MESSAGES and LANG that is set.
    """
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return value.lower().startswith("zh")
    return False


def sentence(key: str, **values: object) -> str:
    english, chinese = SENTENCES[key]
    return (chinese if speaks_chinese() else english).format(**values)
