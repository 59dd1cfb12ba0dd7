use plimsoll_tests::*;
fn main() {
    let names: Vec<String> = std::env::args().skip(1).collect();
    let names = if names.is_empty() { std::fs::read_dir("tests/fixtures").unwrap().map(|e| e.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned()).filter(|n| n != "guest").collect() } else { names };
    for name in names {
        let mut guest = Guest::fixture(&name);
        if name == "says-what-it-is-given" { guest = guest.describing("objects", "json"); }
        let started = std::time::Instant::now();
        let scan = Scan::bare().file("shop.yaml", [pod("api"), pod("web")].join("---\n")).guest(&guest);
        let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| scan.run()));
        let Ok(ran) = ran else { println!("== {name}: PANIC"); continue };
        println!("== {name}: {} in {:?}\n{}", ran.code, started.elapsed(), ran.stderr);
        if ran.code != 2 { println!("{:#?}", ran.faults()); if name.starts_with("says") || name == "mends" || ran.code != 3 { println!("{}", ran.stdout); } }
    }
}
