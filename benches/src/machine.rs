//! What was measured on.

use std::fs;

/// The processor, how many there are, and the kernel; as far as the system tells.
pub(crate) fn describe() -> String {
    let processors = processors();
    let model = line("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown".into());
    let memory = line("/proc/meminfo", "MemTotal").and_then(|total| gibibytes(&total)).unwrap_or_default();
    let kernel =
        fs::read_to_string("/proc/sys/kernel/ostype").unwrap_or_else(|_| std::env::consts::OS.into());
    format!("{processors} × {model}, {memory} GiB, {} {}", kernel.trim(), std::env::consts::ARCH)
}

/// How many processors there are.
pub(crate) fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn line(path: &str, key: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with(key))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn gibibytes(kibibytes: &str) -> Option<u64> {
    let number: u64 = kibibytes.split(' ').next()?.parse().ok()?;
    Some(number.div_ceil(1 << 20))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_rounded_up() {
        assert_eq!(gibibytes("24639908 kB"), Some(24));
        assert_eq!(gibibytes("much"), None);
    }
}
