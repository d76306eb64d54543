//! The protobuf wire format, as far as a model's file needs it: fields in order, nothing copied.

/// One field of a message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field<'a> {
    pub(crate) number: u64,
    /// The content of a length-delimited field; empty for numbers.
    pub(crate) content: &'a [u8],
    /// A number's bits; zero for a length-delimited field.
    pub(crate) value: u64,
    /// The whole field with its key, to be copied as it is.
    pub(crate) raw: &'a [u8],
}

/// The fields of `message`; `None` when it is damaged.
pub(crate) fn fields(message: &[u8]) -> Option<Vec<Field<'_>>> {
    let mut fields = Vec::new();
    let mut rest = message;
    while !rest.is_empty() {
        let start = rest;
        let key = varint(&mut rest)?;
        let (content, value) = match key & 7 {
            0 => (&[][..], varint(&mut rest)?),
            1 => (&[][..], number(skip(&mut rest, 8)?)),
            2 => {
                let length = usize::try_from(varint(&mut rest)?).ok()?;
                (skip(&mut rest, length)?, 0)
            }
            5 => (&[][..], number(skip(&mut rest, 4)?)),
            _ => return None,
        };
        fields.push(Field { number: key >> 3, content, value, raw: &start[..start.len() - rest.len()] });
    }
    Some(fields)
}

/// Appends the length-delimited field `number`.
pub(crate) fn put(message: &mut Vec<u8>, number: u64, content: &[u8]) {
    put_varint(message, number << 3 | 2);
    put_varint(message, content.len() as u64);
    message.extend_from_slice(content);
}

/// The numbers of a packed list; `None` when it is damaged.
pub(crate) fn varints(mut packed: &[u8]) -> Option<Vec<u64>> {
    let mut numbers = Vec::new();
    while !packed.is_empty() {
        numbers.push(varint(&mut packed)?);
    }
    Some(numbers)
}

/// Little-endian bytes as a number.
fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, tail) = rest.split_first()?;
        *rest = tail;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn put_varint(message: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        message.push(value as u8 | 0x80);
        value >>= 7;
    }
    message.push(value as u8);
}

fn skip<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (skipped, tail) = rest.split_at_checked(count)?;
    *rest = tail;
    Some(skipped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_back_and_damage_is_noticed() {
        let mut message = vec![0x08, 0x96, 0x01];
        put(&mut message, 7, &[9; 300]);
        let read = fields(&message).unwrap();
        assert_eq!(read.iter().map(|f| (f.number, f.content.len())).collect::<Vec<_>>(), [(1, 0), (7, 300)]);
        assert_eq!(read.iter().flat_map(|f| f.raw).copied().collect::<Vec<_>>(), message);
        for end in 1..message.len() {
            assert!(end == 3 || fields(&message[..end]).is_none(), "cut at {end}");
        }
        assert!(fields(&[0xff; 20]).is_none());
    }
}
