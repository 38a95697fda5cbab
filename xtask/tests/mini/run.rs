//! Runs what was generated from the specs beside this file.
#![allow(deprecated)]

use mini::core::{
    DateTime, Decimal, Entity, Id, Kind, OpenEnum, Origin, from_json, from_json_strict,
};
use mini::enums::{Colour, DayOfWeek, RecordKind};
use mini::odd;
use serde_json::{Value, json};

/// A value of a kind, as the service writes it.
fn sample(kind: Kind) -> Value {
    match kind {
        Kind::Id(_) | Kind::Int => json!(7),
        Kind::Bool => json!(true),
        Kind::Decimal => json!(12.5),
        Kind::Text => json!("text"),
        Kind::DateTime => json!("2024-05-06T07:08:09Z"),
        Kind::Civil => json!("2024-05-06T07:08:09"),
        Kind::Guid => json!("0f8fad5b-d9cb-469f-a165-70867728950e"),
        Kind::Enum(table) => json!(table.values[0].0),
        Kind::Ids(_) => json!([1, 2]),
        Kind::Json => json!({"a": [null]}),
    }
}

/// Every property of an entity comes back, each in its own place, and nothing else is there.
fn comes_back<E: Entity>() {
    let table = E::table();
    assert_eq!(mini::find(table.name).map(|found| found.name), Some(table.name));
    assert_eq!(E::default().to_value(), json!({}), "{}", table.name);
    let mut whole = serde_json::Map::new();
    for field in table.all_fields() {
        let value = sample(field.kind);
        let one = json!({ field.name: value.clone() });
        let record: E = from_json(one.to_string().as_bytes()).unwrap();
        assert_eq!(record.to_value(), one, "{}", table.name);
        assert_ne!(record, E::default(), "{}.{}", table.name, field.name);
        whole.insert(field.name.to_owned(), value);
    }
    whole.insert("NobodyKnows".to_owned(), json!(1));
    let whole = Value::Object(whole);
    let (record, leniencies) = from_json_strict::<E>(whole.to_string().as_bytes(), Origin::Full).unwrap();
    assert_eq!(record.to_value(), whole, "{}", table.name);
    assert!(leniencies.len() <= 1, "{leniencies:?}");
    assert_eq!(record, record.clone());
}

fn tables() {
    assert_eq!(mini::tables().len(), 23);
    assert!(mini::tables().iter().all(|table| table.section == "odd"), "the other section is switched off");
    assert!(mini::find("odd/everies").is_some() && mini::find("far").is_none());
    assert!(mini::well_known::THE_LOOP.is_some() && mini::well_known::FAR_OFF.is_none());
    assert_eq!(<mini::well_known::TheLoop as Entity>::table().name, "Loop");
}

fn names() {
    let keyword = odd::NewKeyword::new().type_("a").match_("b").self_("c").default("d");
    assert_eq!(
        serde_json::to_value(&keyword).unwrap(),
        json!({"Type": "a", "Match": "b", "Self": "c", "Default": "d"})
    );
    assert_eq!(odd::Keyword::TYPE.eq("x").pairs(), [("Keyword_Type".to_owned(), "x".to_owned())]);
    let acronym = odd::NewAcronym::new(odd::AcronymRequired { url: "u".into() })
        .api_access("a")
        .tax_id_number("t")
        .stripe_ach_bank_token("s")
        .oauth_token("o")
        .allowed_ips("i")
        .images_3d("3")
        .under_score("_")
        .url_again("again");
    assert_eq!(
        serde_json::to_value(&acronym).unwrap(),
        json!({
            "URL": "u", "APIAccess": "a", "TaxIDNumber": "t", "StripeACHBankToken": "s", "OAuthToken": "o",
            "AllowedIPs": "i", "Images3D": "3", "Under_Score": "_", "UrL": "again"
        })
    );
}

fn drafts() {
    let forced = odd::NewForced::new(odd::ForcedRequired { text: "t".into(), owner_id: Id::new(7) })
        .number(1)
        .flag(false)
        .price(Decimal::new(125, 1))
        .starts("2024-05-06T07:08:09Z".parse().unwrap())
        .starts_local("2024-05-06T07:08:09".parse().unwrap())
        .key("0f8fad5b-d9cb-469f-a165-70867728950e".parse().unwrap())
        .colour(Colour::DarkBlue)
        .secretive(5)
        .members([Id::new(1)])
        .numbers([2])
        .raw(json!([null]).into());
    assert_eq!(
        serde_json::to_value(&forced).unwrap(),
        json!({
            "Number": 1, "Flag": false, "Price": 12.5, "Text": "t", "Starts": "2024-05-06T07:08:09Z",
            "StartsLocal": "2024-05-06T07:08:09", "Key": "0f8fad5b-d9cb-469f-a165-70867728950e", "Colour": -2,
            "Secretive": 5, "OwnerId": 7, "Members": [1], "Numbers": [2], "Raw": [null]
        })
    );
    assert_eq!(serde_json::to_value(odd::NewEvery::default()).unwrap(), json!({}));
    let every = odd::NewEvery::new().colour(Colour::Red).members([Id::new(4)]).numbers([5]).system_id("mine");
    assert_eq!(
        serde_json::to_value(every).unwrap(),
        json!({"Colour": 1, "Members": [4], "Numbers": [5], "SystemId": "mine"})
    );
    let made = odd::NewMade::new(odd::MadeRequired { text: "t".into() }).added_members([6]);
    assert_eq!(serde_json::to_value(made).unwrap(), json!({"Text": "t", "AddedMembers": [6]}));
    let large = odd::NewLarge::new(odd::LargeRequired { property0: "a".into() }).property1(1).property2(true);
    assert_eq!(
        serde_json::to_value(large.property39("z")).unwrap(),
        json!({"Property0": "a", "Property1": 1, "Property2": true, "Property39": "z"})
    );
    let clash = odd::NewOption::new(odd::OptionRequired { filter_id: Id::new(1) }).texts("t");
    assert_eq!(serde_json::to_value(clash).unwrap(), json!({"FilterId": 1, "Texts": "t"}));
}

fn filters() {
    let pairs = |pairs: &[(String, String)]| {
        pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
    };
    let start: DateTime = "2024-05-06T07:08:09Z".parse().unwrap();
    for (condition, text) in [
        (odd::Every::OWNER_ID.eq(7), "Every_Owner=7"),
        (odd::Every::NUMBER.eq(7), "Every_Number=7"),
        (odd::Every::NUMBER.between(1, 2), "from_Every_Number=1&to_Every_Number=2"),
        (odd::Every::FLAG.eq(true), "Every_Flag=true"),
        (odd::Every::PRICE.at_most(Decimal::new(125, 1)), "to_Every_Price=12.5"),
        (odd::Every::TEXT.eq("a b"), "Every_Text=a b"),
        (odd::Every::STARTS.at_least(start), "from_Every_Starts=2024-05-06T07:08:09Z"),
        (odd::Every::COLOUR.eq(Colour::DarkBlue), "Every_Colour=-2"),
        (odd::Every::SECRETIVE.eq(5), "Every_Secretive=5"),
        (odd::Every::MEMBERS.eq(3), "Every_Members=3"),
        (odd::Every::NUMBERS.eq(4), "Every_Numbers=4"),
        (odd::Every::SYSTEM_ID.eq("x"), "Every_SystemId=x"),
        (odd::Every::ID.eq(1), "Id=1"),
    ] {
        assert_eq!(pairs(condition.pairs()), text);
    }
    for (condition, text) in [
        (odd::Queried::OWNER_NAME.eq("x"), "Queried_Owner_Name=x"),
        (odd::Queried::OTHER_OWNER_NAME.eq("x"), "Queried_OwnerName=x"),
        (odd::Queried::OWNER_ID.eq(1), "Queried_Owner=1"),
        (odd::Queried::PRICE.at_least(Decimal::ONE), "from_Queried_Price=1"),
        (odd::Queried::CHILD_ID.eq(2), "Queried_Child=2"),
        (odd::Queried::EVERY_ID.eq(3), "Queried_EveryId=3"),
        (odd::Queried::OWNER_COLOUR.eq(Colour::Red), "Queried_Owner_Colour=1"),
        (odd::Queried::CHILD_IDS.eq(4), "Queried_Child_Ids=4"),
        (odd::Queried::CHILD_SEEN.eq(start), "Queried_Child_Seen=2024-05-06T07:08:09Z"),
    ] {
        assert_eq!(pairs(condition.pairs()), text);
    }
    assert_eq!(pairs(odd::Option::FILTER_ID.eq(9).pairs()), "Option_Filter=9");
    let far: Id<mini::odder::Far> = Id::new(5);
    assert_eq!(pairs(odd::Ghostly::FAR_ID.eq(far).pairs()), "Ghostly_Far=5");
}

fn enums() {
    assert_eq!(Colour::TABLE.name, "eColour");
    let all = [Colour::Red, Colour::DarkBlue, Colour::N3d, Colour::Self_, Colour::FarOff, Colour::OtherRed];
    assert_eq!(Colour::VARIANTS, all);
    assert_eq!(all.map(Colour::value), [1, -2, 3, 4, 9_007_199_254_740_993, 6]);
    assert_eq!(Colour::from_value(-2), Colour::DarkBlue);
    assert_eq!(Colour::FarOff.name(), Some("Far\"off"));
    assert!(matches!(Colour::from_value(77), Colour::Unlisted(unlisted) if unlisted.get() == 77));
    assert_eq!(DayOfWeek::Sunday.value(), 0);
    assert_eq!(RecordKind::None.value(), 1);
}

fn shapes() {
    assert_eq!(size_of::<odd::Large>(), 2 * size_of::<usize>());
    // Small ones have the same shape: a property more changes nothing for who uses them.
    assert_eq!(size_of::<odd::Edge>(), 2 * size_of::<usize>());
    let mut large = odd::Large::default();
    large.property39 = Some("z".into());
    large.common.id = Some(3);
    assert_eq!(large.to_value(), json!({"Id": 3, "Property39": "z"}));
    let guarded: odd::Guarded = from_json(br#"{"Pin": "1234", "ImageFileName": "a.png"}"#).unwrap();
    let shown = format!("{guarded:?}");
    assert!(!shown.contains("1234") && shown.contains("a.png"), "{shown}");
    let image = odd::Guarded::IMAGE_FILE;
    assert_eq!((image.file().name, image.path(5)), ("Image", "odd/guardeds/getimage/5".to_owned()));
    assert_eq!(odd::Guarded::URL_FILE.path(5), "odd/guardeds/geturl/5");
    let old = mini::find("older").unwrap();
    assert_eq!(old.deprecated, Some("Old (sic) and \"quoted\" `code`"));
    let ghostly = odd::Ghostly::default();
    let _: Option<Id<mini::unplaced::Ghost>> = ghostly.ghost_id;
}

fn main() {
    macro_rules! each {
        ($($entity:ident)*) => { $(comes_back::<odd::$entity>();)* };
    }
    each! {
        Acronym Box Changed Doubtful Edge Entity Every Filter Forced Ghostly Guarded Keyword Large Listed Loop Made Old
        Older Option Queried Record Slots String
    }
    tables();
    names();
    drafts();
    filters();
    enums();
    shapes();
    println!("all of it runs");
}
