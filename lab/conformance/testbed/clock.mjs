import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * A library for LD_PRELOAD that moves the wall clock of a process by as many seconds as a file says. Both
 * implementations, native and JavaScript, read the wall clock through libc; no other clock is touched.
 */
const SOURCE = String.raw`
use std::ffi::{c_char, c_int, c_long, c_void};
use std::sync::atomic::{AtomicPtr, Ordering};

#[repr(C)] pub struct Timespec { sec: i64, nsec: i64 }
#[repr(C)] pub struct Timeval { sec: i64, usec: i64 }
unsafe extern "C" {
    fn syscall(number: c_long, ...) -> c_long;
    fn getenv(name: *const c_char) -> *const c_char;
    fn open(path: *const c_char, flags: c_int, ...) -> c_int;
    fn mmap(at: *mut c_void, size: usize, prot: c_int, flags: c_int, fd: c_int, offset: i64) -> *mut c_void;
}
#[cfg(target_arch = "x86_64")] const CLOCK_GETTIME: c_long = 228;
#[cfg(target_arch = "aarch64")] const CLOCK_GETTIME: c_long = 113;
static OFFSET: AtomicPtr<i64> = AtomicPtr::new(std::ptr::null_mut());

unsafe fn offset() -> i64 { unsafe {
    let mut at = OFFSET.load(Ordering::Acquire);
    if at.is_null() {
        let path = getenv(c"CONFORMANCE_CLOCK".as_ptr());
        if path.is_null() { return 0 }
        let fd = open(path, 0);
        if fd < 0 { return 0 }
        let mapped = mmap(std::ptr::null_mut(), 8, 1, 1, fd, 0);
        if mapped as isize == -1 { return 0 }
        at = mapped.cast();
        OFFSET.store(at, Ordering::Release);
    }
    at.read_volatile()
} }

#[unsafe(no_mangle)]
pub unsafe extern "C" fn clock_gettime(clock: c_int, time: *mut Timespec) -> c_int { unsafe {
    let result = syscall(CLOCK_GETTIME, clock as c_long, time) as c_int;
    if result == 0 && (clock == 0 || clock == 5) { (*time).sec += offset(); }
    result
} }

#[unsafe(no_mangle)]
pub unsafe extern "C" fn gettimeofday(time: *mut Timeval, _zone: *mut c_void) -> c_int { unsafe {
    let mut now = Timespec { sec: 0, nsec: 0 };
    let result = clock_gettime(0, &mut now);
    if !time.is_null() { (*time).sec = now.sec; (*time).usec = now.nsec / 1000; }
    result
} }

#[unsafe(no_mangle)]
pub unsafe extern "C" fn time(at: *mut i64) -> i64 { unsafe {
    let mut now = Timespec { sec: 0, nsec: 0 };
    clock_gettime(0, &mut now);
    if !at.is_null() { *at = now.sec; }
    now.sec
} }
`

/**
 * Builds it once, under a name that says what it was built from: a library that is in use must not be overwritten.
 *
 * @param {string} folder
 * @returns {{ library?: string, refusal?: string }}
 */
export const buildClock = (folder) => {
  if (process.platform !== 'linux') return { refusal: 'a movable clock is Linux only' }
  const name = `clock-${process.arch}-${createHash('sha256').update(SOURCE).digest('hex').slice(0, 12)}`
  const library = join(folder, `${name}.so`)
  if (existsSync(library)) return { library }
  mkdirSync(folder, { recursive: true })
  const [source, made] = ['rs', 'so'].map((type) => join(folder, `${name}-${process.pid}.${type}`))
  writeFileSync(source, SOURCE)
  const options = [
    '--edition',
    '2024',
    '--crate-type',
    'cdylib',
    '--crate-name',
    'clock',
    '-C',
    'panic=abort',
  ]
  const { status, stderr, error } = spawnSync('rustc', [...options, '-o', made, source], { encoding: 'utf8' })
  rmSync(source)
  if (status !== 0)
    return { refusal: `the movable clock was not built: ${(error?.message ?? stderr).split('\n')[0]}` }
  renameSync(made, library)
  return { library }
}
