//! Each feature of each crate must build alone.

use std::fs;
use std::path::Path;

use crate::command::{Outcome, cargo, crate_name, crates, run};

pub(crate) fn check() -> Outcome {
    for folder in crates()? {
        let features = features(&folder)?;
        if features.is_empty() {
            continue;
        }
        let name = crate_name(&folder);
        run(&mut cargo(&[
            "check",
            "--package",
            &name,
            "--no-default-features",
        ]))?;
        for feature in features {
            let alone = ["--no-default-features", "--features", &feature];
            run(cargo(&["check", "--package", &name]).args(alone))?;
        }
    }
    Ok(())
}

fn features(folder: &Path) -> Outcome<Vec<String>> {
    let path = folder.join("Cargo.toml");
    let manifest = fs::read_to_string(&path)
        .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    Ok(feature_names(&manifest))
}

/// The keys of the table `[features]`, without `default`. A list may go over several lines; only
/// its first one has an equals sign.
fn feature_names(manifest: &str) -> Vec<String> {
    let without_comment = |line: &str| line.split('#').next().unwrap_or_default().trim().to_owned();
    manifest
        .lines()
        .map(without_comment)
        .skip_while(|line| line != "[features]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| Some(line.split_once('=')?.0.trim().trim_matches('"').to_owned()))
        .filter(|name| name != "default")
        .collect()
}

#[cfg(test)]
mod tests {
    use super::feature_names;

    #[test]
    fn features_are_read_from_a_manifest() {
        let manifest = "[package]\nname = \"a\"\n\n[features]\n# all = of them\n\
            default = [\"tcp\"]\ntcp = []\n\"tls\" = [\n    \"dep:x\", # a = b\n]\n\n\
            [dependencies]\nx = \"1\"\n";
        assert_eq!(feature_names(manifest), ["tcp", "tls"]);
        assert!(feature_names("[package]\nname = \"a\"\n").is_empty());
    }
}
