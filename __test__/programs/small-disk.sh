#!/bin/sh
# small-disk.sh <folder> <node> <tool>: runs the tool on copies of a checkout, on disks that have 0, 4, 8 ... free pages,
# and then 0, 4, 8 ... free inodes. Says for each how it ended, and whether the files are the old ones, the new ones or neither.
set -eu
folder=$1 node=$2 tool=$3
disk=$folder/disk old=$folder/old new=$folder/new
mkdir "$disk"
mount -t tmpfs -o size=16m,nr_inodes=1000 tmpfs "$disk"
cp -R "$old" "$disk/checkout"
used=$(df -k --output=used "$disk" | tail -1)
files=$(df --output=iused "$disk" | tail -1)

attempt() {
  mount -o "remount,$1" "$disk"
  code=0
  "$node" "$tool" librechat "$disk/checkout" >"$folder/out" 2>"$folder/err" || code=$?
  mount -o remount,size=16m,nr_inodes=1000 "$disk"
  tree=neither
  if diff -r "$old" "$disk/checkout" >/dev/null; then tree=old; fi
  if diff -r "$new" "$disk/checkout" >/dev/null; then tree=new; fi
  said=silence
  if grep -q '^Nothing was changed\.$' "$folder/err" && grep -q 'ENOSPC' "$folder/err"; then said=refusal; fi
  if grep -q '^    at ' "$folder/err"; then said=stack; fi
  echo "$code $tree $said"
  rm -rf "$disk/checkout"
  cp -R "$old" "$disk/checkout"
}

pages=0
while [ $pages -le 40 ]; do
  attempt "size=$((used + 4 * pages))k"
  pages=$((pages + 4))
done
inodes=0
while [ $inodes -le 40 ]; do
  attempt "nr_inodes=$((files + inodes))"
  inodes=$((inodes + 4))
done
