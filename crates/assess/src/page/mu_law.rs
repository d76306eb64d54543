//! Sound in eight bits a sample (µ-law, G.711).

/// A sample as µ-law: sign, exponent and mantissa of its size, all bits turned over.
pub fn mu_law(sample: i16) -> u8 {
    const BIAS: u16 = 132;
    let sign = if sample < 0 { 0x80 } else { 0 };
    let size = sample.unsigned_abs().min(32_635) + BIAS;
    let exponent = 8 - size.leading_zeros() as u8;
    let mantissa = (size >> (exponent + 3) & 15) as u8;
    !(sign | exponent << 4 | mantissa)
}

#[cfg(test)]
mod tests {
    use super::mu_law;

    #[test]
    fn known_values_of_the_standard() {
        assert_eq!([0, -1, 32_767, -32_768, 1000, -1000].map(mu_law), [0xff, 0x7f, 0x80, 0x00, 0xce, 0x4e]);
    }
}
