//! What Linux tells of a process.

use std::fs;
use std::time::Duration;

use crate::Failure;

/// The processor time that all threads of a process have used so far, the kernel's part included.
pub(crate) fn processor_time(pid: u32) -> Result<Duration, Failure> {
    let mut nanoseconds = 0;
    for task in fs::read_dir(format!("/proc/{pid}/task"))? {
        // A thread may have ended meanwhile.
        let Ok(text) = fs::read_to_string(task?.path().join("schedstat")) else {
            continue;
        };
        let running = text.split(' ').next().unwrap_or_default();
        nanoseconds += running.parse::<u64>()?;
    }
    Ok(Duration::from_nanos(nanoseconds))
}

/// The memory of a process that is in use now, in bytes.
pub(crate) fn resident(pid: u32) -> Result<u64, Failure> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
    let kibibytes = kibibytes.ok_or("there is no VmRSS in /proc")?;
    Ok(kibibytes.trim().parse::<u64>()? * 1024)
}

/// Lets this process open as many files as it may; gives their number.
pub(crate) fn raise_file_limit() -> Result<u64, Failure> {
    Ok(rlimit::increase_nofile_limit(u64::MAX)?)
}
