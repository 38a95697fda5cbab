//! The sandbox with a million bookings: how long a get and a filtered list take, and how much memory it all is.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

use nexudus_sandbox::{Sandbox, Seed, TOKEN};

use crate::measure::Failure;

const BOOKINGS: i64 = 1_000_000;
const RESOURCES: i64 = 200;
const BATCH: i64 = 20_000;
const CALLS: usize = 2_000;

/// One connection that is kept.
struct Caller(BufReader<TcpStream>);

impl Caller {
    fn new(address: SocketAddr) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self(BufReader::new(stream)))
    }

    /// The body of the answer to a request, which has to be 200.
    fn call(&mut self, method: &str, path: &str, body: &str) -> Result<Vec<u8>, Failure> {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\nContent-Type: application/json"
        );
        let request = format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        self.0.get_mut().write_all(request.as_bytes())?;
        let mut length = 0;
        let mut first = String::new();
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line)?;
            if first.is_empty() {
                first.clone_from(&line);
            }
            if let Some(text) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = text.trim().parse()?;
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body)?;
        if !first.contains(" 200 ") {
            return Err(format!("{method} {path}: {first}{}", String::from_utf8_lossy(&body)).into());
        }
        Ok(body)
    }
}

fn batch(first: i64) -> String {
    let booking = |id: i64| {
        let day = 1 + id / 24 % 28;
        let hour = id % 24;
        format!(
            "{{\"Id\":{id},\"ResourceId\":{},\"CoworkerId\":{},\"FromTime\":\"2026-03-{day:02}T{hour:02}:00:00Z\",\
             \"ToTime\":\"2026-03-{day:02}T{hour:02}:45:00Z\",\"FromTimeLocal\":\"2026-03-{day:02}T{hour:02}:00:00\",\
             \"ToTimeLocal\":\"2026-03-{day:02}T{hour:02}:45:00\",\"Repeats\":1,\"WhichBookingsToUpdate\":1,\"Online\":true,\
             \"Notes\":\"Booking number {id}\",\"BookingNumber\":{id}}}",
            1 + id % RESOURCES,
            1001 + id % 60,
        )
    };
    let bookings: Vec<String> = (first..first + BATCH).map(booking).collect();
    format!("{{\"spaces/bookings\":[{}]}}", bookings.join(","))
}

fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    times.get(times.len() * percent / 100).copied().unwrap_or_default()
}

/// Resident memory, where the system tells.
fn resident() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = kilobytes.and_then(|text| text.trim().trim_end_matches("kB").trim().parse::<u64>().ok());
    kilobytes.map_or_else(String::new, |kilobytes| format!("{} MiB resident", kilobytes / 1024))
}

/// Loads the bookings and measures, in memory and in a file.
pub(crate) fn run() -> Result<(), Failure> {
    println!("in memory");
    measure_with(None)?;
    let file = std::env::temp_dir().join(format!("nexudus-scale-{}.db", std::process::id()));
    println!("in a file");
    let outcome = measure_with(Some(&file));
    for end in ["", "-wal", "-shm"] {
        let mut path = file.clone().into_os_string();
        path.push(end);
        // The last two are gone when the file was closed in peace.
        let _ = std::fs::remove_file(path);
    }
    outcome
}

fn measure_with(file: Option<&Path>) -> Result<(), Failure> {
    let mut builder = Sandbox::builder().seed(Seed::Demo).max_body(64 << 20);
    if let Some(file) = file {
        builder = builder.data(file);
    }
    let started = Instant::now();
    let sandbox = builder.start_blocking()?;
    println!("start with the demo space: {:.1} ms, {}", started.elapsed().as_secs_f64() * 1e3, resident());
    let mut caller = Caller::new(sandbox.address())?;
    let resources: Vec<String> =
        (1..=RESOURCES).map(|id| format!("{{\"Id\":{id},\"Name\":\"Room {id}\",\"BusinessId\":1}}")).collect();
    caller.call("POST", "/__sandbox/seed", &format!("{{\"spaces/resources\":[{}]}}", resources.join(",")))?;
    let started = Instant::now();
    for first in (0..BOOKINGS).step_by(usize::try_from(BATCH)?) {
        caller.call("POST", "/__sandbox/seed", &batch(10_000 + first))?;
    }
    println!("loaded {BOOKINGS} bookings in {:.1} s, {}", started.elapsed().as_secs_f64(), resident());
    let mut measure = |name: &str, calls: usize, path: &dyn Fn(usize) -> String| -> Result<(), Failure> {
        let mut times = Vec::with_capacity(calls);
        let mut bytes = 0;
        for at in 0..calls {
            let path = path(at);
            let started = Instant::now();
            bytes = caller.call("GET", &path, "")?.len();
            times.push(started.elapsed());
        }
        let [half, most] = [50, 99].map(|percent| percentile(&mut times, percent).as_secs_f64() * 1e3);
        println!("{name:<44} p50 {half:>8.3} ms   p99 {most:>8.3} ms   {bytes} bytes");
        Ok(())
    };
    // Odd steps walk over all records without a pattern.
    measure("get", CALLS, &|at| format!("/api/spaces/bookings/{}", 10_000 + at * 7919 % 1_000_000))?;
    measure("list of 25 by Booking_Resource", CALLS, &|at| {
        format!("/api/spaces/bookings?Booking_Resource={}&page={}&size=25", 1 + at * 37 % 200, 1 + at * 7 % 190)
    })?;
    measure("the same by Booking_Resource_Name", 200, &|at| {
        format!("/api/spaces/bookings?Booking_Resource_Name=Room%20{}&size=25", 1 + at * 37 % 200)
    })?;
    measure("list of 25, any page", 200, &|at| format!("/api/spaces/bookings?page={}&size=25", 1 + at * 199 % 40_000))?;
    measure("by resource and day, ordered by FromTime", 200, &|at| {
        let resource = 1 + at * 37 % 200;
        format!(
            "/api/spaces/bookings?Booking_Resource={resource}&from_Booking_FromTime=2026-03-05T00:00&to_Booking_FromTime=2026-03-05T23:59&orderBy=FromTime"
        )
    })?;
    measure("by day alone, all million looked at", 20, &|at| {
        let day = 1 + at % 28;
        format!(
            "/api/spaces/bookings?from_Booking_FromTime=2026-03-{day:02}T00:00&to_Booking_FromTime=2026-03-{day:02}T23:59"
        )
    })?;
    let mut times = Vec::new();
    for at in 0..CALLS {
        let body = format!(
            "{{\"ResourceId\":{},\"FromTime\":\"2026-04-01T09:00:00Z\",\"ToTime\":\"2026-04-01T10:00:00Z\",\"Repeats\":1,\"WhichBookingsToUpdate\":1}}",
            1 + at % 200
        );
        let started = Instant::now();
        caller.call("POST", "/api/spaces/bookings", &body)?;
        times.push(started.elapsed());
    }
    let [half, most] = [50, 99].map(|percent| percentile(&mut times, percent).as_secs_f64() * 1e3);
    println!("{:<44} p50 {half:>8.3} ms   p99 {most:>8.3} ms", "create");
    Ok(())
}
