//! Sizes in bytes, as flags give them.

/// A number of bytes: 500M, 4G, 1048576.
pub(crate) fn parse_size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let shift = match text[digits.len()..].to_ascii_uppercase().as_str() {
        "" | "B" => 0,
        "K" | "KB" | "KIB" => 10,
        "M" | "MB" | "MIB" => 20,
        "G" | "GB" | "GIB" => 30,
        other => return Err(format!("expected a size such as 500M or 4G, found the unit `{other}`")),
    };
    let number: u64 = digits.parse().map_err(|_| "expected a size such as 500M or 4G".to_owned())?;
    number.checked_mul(1 << shift).ok_or_else(|| "more than there is".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        let sizes = ["12", "4k", "500M", "4GiB"].map(|text| parse_size(text).ok());
        assert_eq!(sizes, [Some(12), Some(4096), Some(500 << 20), Some(4 << 30)]);
        assert!(parse_size("4X").is_err() && parse_size("M").is_err());
    }
}
