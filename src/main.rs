//! Mounts the page; natively it says how to serve it.

#[cfg(target_arch = "wasm32")]
fn main() {
    dictoscope::app::mount();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("Dictoscope is a web page: run `./dev serve` (or `trunk serve`) and open the address it prints.");
    eprintln!("Without a browser: cargo run --release --example replay -- --help");
    std::process::exit(2);
}
