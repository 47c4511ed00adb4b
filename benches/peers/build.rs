//! Makes the tonic service, which needs no compiler of protocol buffers this way.

use tonic_build::manual::{Builder, Method, Service};

fn main() {
    let echo = Method::builder()
        .name("echo")
        .route_name("Echo")
        .input_type("crate::contestants::tonic::Text")
        .output_type("crate::contestants::tonic::Text")
        .codec_path("tonic_prost::ProstCodec")
        .build();
    let service = Service::builder()
        .name("Bench")
        .package("bench")
        .method(echo)
        .build();
    Builder::new().compile(&[service]);
    for (variable, program) in [("RUSTC_VERSION", "rustc"), ("CARGO_VERSION", "cargo")] {
        let output = std::process::Command::new(program)
            .arg("--version")
            .output();
        let version = output.map_or_else(
            |_| format!("unknown {program}"),
            |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        );
        println!("cargo::rustc-env={variable}={version}");
    }
}
