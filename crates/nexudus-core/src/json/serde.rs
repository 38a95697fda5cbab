//! JSON text through serde, with all digits where the other side is `serde_json`.
//!
//! What serde's own types hold exactly goes as these, so that any format can take it. The rest (`1.50`, numbers of
//! many digits, half a surrogate pair) goes as `serde_json`'s raw value, which its text writer prints as it is. Read
//! from `serde_json`, everything comes as its raw value; from another format, through serde's types.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::{Error as _, Serialize, SerializeMap, Serializer};
use serde_json::value::RawValue;

use super::scan::Shape;
use super::text::{print_text, unescape};
use super::value::{Json, JsonRef};

impl Serialize for JsonRef<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.text();
        match Shape::of(text) {
            Shape::Null => serializer.serialize_unit(),
            Shape::Bool => serializer.serialize_bool(text == "true"),
            Shape::Number => {
                if let Some(value) = text.parse().ok().filter(|_| text != "-0") {
                    return serializer.serialize_i64(value);
                }
                if let Ok(value) = text.parse() {
                    return serializer.serialize_u64(value);
                }
                let same = |value: &f64| serde_json::to_string(value).is_ok_and(|printed| printed == text);
                match text.parse().ok().filter(same) {
                    Some(value) => serializer.serialize_f64(value),
                    None => raw(text, serializer),
                }
            }
            Shape::Text => {
                let read = unescape(text, text.contains('\\'));
                if read.whole { serializer.serialize_str(&read.text) } else { raw(text, serializer) }
            }
            Shape::Array => serializer.collect_seq(self.items()),
            Shape::Object => {
                let mut map = serializer.serialize_map(None)?;
                for (name, value) in self.properties() {
                    map.serialize_entry(&name, &value)?;
                }
                map.end()
            }
        }
    }
}

fn raw<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serde_json::from_str::<&RawValue>(text).map_err(S::Error::custom)?.serialize(serializer)
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.borrow().serialize(serializer)
    }
}

/// The name by which `serde_json` knows that a raw value is asked for. A test fails if it changes; numbers would go
/// through floats then.
const RAW: &str = "$serde_json::private::RawValue";

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(RAW, JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
        let Some(first) = entries.next_key::<String>()? else { return Ok(Json::trusted("{}")) };
        if first == RAW {
            return entries.next_value::<String>()?.parse().map_err(A::Error::custom);
        }
        let mut properties = vec![(first, entries.next_value()?)];
        while let Some(property) = entries.next_entry()? {
            properties.push(property);
        }
        Ok(Json::object(properties))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut all: Vec<Json> = Vec::new();
        while let Some(item) = items.next_element()? {
            all.push(item);
        }
        Ok(all.into())
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::null())
    }

    fn visit_none<E>(self) -> Result<Json, E> {
        Ok(Json::null())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::trusted(value.to_string()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Json, E> {
        serde_json::to_string(&value).map(Json::trusted).map_err(E::custom)
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::printed(|out| print_text(out, value)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const HARD: &str = r#"{"a":[1.08451234567890123456,150.00,1e400,-0,-0.0,1E5,18446744073709551616],"b":"\ud83d"}"#;

    #[test]
    fn serde_json_gives_every_digit() {
        let json: Json = serde_json::from_str(HARD).unwrap();
        assert_eq!(json.text(), HARD);
        assert_eq!(serde_json::to_string(&json).unwrap(), HARD);
        let nested: Vec<Json> = serde_json::from_str(&format!("[{HARD},1.50]")).unwrap();
        assert_eq!(serde_json::to_string(&nested).unwrap(), format!("[{HARD},1.50]"));
    }

    #[test]
    fn values_of_serde_json_are_read_and_made() {
        let value = json!({"a": [null, true, -5, 1.5, u64::MAX, "x"], "b": {}});
        let json: Json = serde_json::from_value(value.clone()).unwrap();
        assert_eq!(json, value);
        assert_eq!(serde_json::to_value(&json).unwrap(), value);
        assert_eq!(json.to::<Value>().unwrap(), value);
    }

    #[test]
    fn other_formats_are_read() {
        use serde::de::value::{Error, MapDeserializer, SeqDeserializer};
        let list = SeqDeserializer::<_, Error>::new([1.5, 2.0].into_iter());
        assert_eq!(Json::deserialize(list).unwrap().text(), "[1.5,2.0]");
        let map = MapDeserializer::<_, Error>::new([("a", "x\""), ("b", "y")].into_iter());
        assert_eq!(Json::deserialize(map).unwrap().text(), r#"{"a":"x\"","b":"y"}"#);
    }
}
