# Boots systemd of the tree $1 in namespaces of its own, with no network but its own loopback:
# unshare --net --mount --pid --cgroup --uts --ipc --fork --kill-child sh boot.sh TREE
set -e
tree=$1
ip link set lo up
ip address add 192.168.1.10/32 dev lo
mount --make-rprivate /
mount --bind "$tree" "$tree"
cd "$tree"
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs tmp
mount -t tmpfs tmpfs dev
mkdir dev/shm dev/pts
for node in null zero random urandom full tty; do
    touch dev/$node
    mount --bind /dev/$node dev/$node
done
mount -t tmpfs tmpfs dev/shm
mount -t devpts devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
pivot_root . mnt
umount -l /mnt
mount --make-rshared /
exec env -i container=other PATH=/usr/sbin:/usr/bin /lib/systemd/systemd --show-status=no
