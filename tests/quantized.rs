//! Vectors made smaller by the command line.

use crate::support::Desk;

/// Vectors of 300 words with 8 numbers: pairs of words that are close to each other and to no others.
fn desk() -> Desk {
    let desk = Desk::new();
    let number = |i: usize, j: usize| ((i / 2 * 8 + j) as f64 * 12.9898).sin() + (i % 2 * j) as f64 / 200.0;
    let rows = (0..300).map(|i| {
        let numbers: Vec<String> = (0..8).map(|j| format!("{:.4}", number(i, j))).collect();
        format!("word{i:03} {}\n", numbers.join(" "))
    });
    desk.write("v.txt", format!("300 8\n{}", rows.collect::<String>()));
    desk
}

fn nearest(desk: &Desk, file: &str) -> String {
    let found = desk.run(&format!("vectors neighbors {file} word150 -k 1 --json")).done().json();
    found[0]["neighbors"][0]["word"].as_str().unwrap().to_owned()
}

#[test]
fn vectors_are_smaller_and_find_the_same() {
    let desk = desk();
    assert_eq!(nearest(&desk, "v.txt"), "word151");
    for (name, storage) in [
        ("half.safetensors", "f16"),
        ("brain.safetensors", "bf16"),
        ("bytes.safetensors", "int8"),
        ("codes.safetensors", "pq"),
        ("turned.safetensors", "opq"),
        ("turned.fifu", "opq"),
        ("half.npy", "f16"),
        ("codes.ftz", "pq"),
    ] {
        let told =
            desk.run(&format!("vectors convert v.txt {name} --storage {storage} --json")).done().json();
        assert_eq!((told["words"].as_u64(), told["bytes"].as_u64().unwrap() > 0), (Some(300), true));
        let info = desk.run(&format!("vectors info {name} --json")).done().json();
        assert_eq!(info["storage"], storage, "{name}");
        assert_eq!(nearest(&desk, name), "word151", "{name}");
    }
}

#[test]
fn forms_without_a_place_are_refused() {
    let desk = desk();
    let refused = |arguments: &str, message: &str| {
        let before = desk.names();
        desk.run(&format!("vectors convert v.txt {arguments}")).failed(2, message);
        assert_eq!(desk.names(), before);
    };
    refused("small.txt --storage int8", "has no place for int8");
    refused("small.ftz --storage opq", "has no place for opq");
    refused("small.fifu --storage f16", "has no place for f16");
    refused("small.fifu --storage pq --part-width 0", "`part_width`: expected at least 1, found 0");
    desk.run("vectors convert v.txt small.fifu --storage pq --part-width 9").failed(1, "`part_width`");
}
