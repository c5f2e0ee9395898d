//! Japanese.

use super::{Around, PublicReason, Said, Trouble, Words};

pub(super) static WORDS: Words = Words {
    signing_in: "サインインしています…",
    on_the_way: Around("", " に移動します。"),
    still_here: "画面が切り替わらない場合は、こちらを押してください。",
    go_on: "続ける",
    which_company: "所属する会社を教えてください",
    not_found_first: "見つかりません：",
    own_page: "所属する会社のサインインページに移動します。お尋ねするのは一度だけです。このブラウザーが記憶します。",
    email: "仕事用のメールアドレス",
    only_the_domain: "使用するのは @ より後ろの部分だけです。何も保存しません。",
    or_choose: "または、会社を選んでください",
    no_address: "仕事用のメールアドレスを入力してください（例：name@company.example）。",
    unknown_domain: Around("末尾が @", " のアドレスを使う会社は登録されていません。"),
    try_again: "Flex からもう一度試す",
    other_company: "会社が違いますか？",
    reference: "照会番号",
    help: "お問い合わせ先：",
    title,
    sentence,
    advice,
    trouble,
};

const fn title(reason: PublicReason) -> &'static str {
    match reason {
        PublicReason::NotAccepted | PublicReason::IdpRefused | PublicReason::OtherSignIn => {
            "うまくいきませんでした"
        }
        PublicReason::Cancelled | PublicReason::NotSignedIn => "サインインしていません",
        PublicReason::StartAgain => "もう一度始めましょう",
        PublicReason::NotSetUp | PublicReason::NotAssigned => "あと少しです",
        PublicReason::TryLater => "少しお待ちください",
        PublicReason::NotFound => "ここには何もありません",
    }
}

const fn sentence(reason: PublicReason) -> &'static str {
    match reason {
        PublicReason::NotAccepted => "サインインを受け付けられませんでした。",
        PublicReason::StartAgain => {
            "このサインインは期限が切れたか、すでに使用されています。Flex からもう一度始めてください。"
        }
        PublicReason::IdpRefused => "会社のサインインページで許可されませんでした。",
        PublicReason::Cancelled => {
            "サインインしていません。途中で取り消されたか、正しく完了しませんでした。"
        }
        PublicReason::NotAssigned => {
            "このアカウントでの Flex の利用が、会社でまだ許可されていません。"
        }
        PublicReason::NotSignedIn => "会社へのサインインがまだ済んでいません。",
        PublicReason::OtherSignIn => "Flex は、今回とは別の方法でのサインインを求めています。",
        PublicReason::NotSetUp => "アカウントの Flex 用の設定がまだ完了していません。",
        PublicReason::TryLater => {
            "ただいまサインインできません。1 分ほど待ってから、もう一度お試しください。"
        }
        PublicReason::NotFound => "ここには何もありません。",
    }
}

const fn advice(reason: PublicReason) -> &'static str {
    match reason {
        PublicReason::Cancelled | PublicReason::NotSignedIn => {
            "Flex からもう一度始めてください。サインインしたはずの場合は、この照会番号を社内の Flex 担当者に伝えてください。"
        }
        PublicReason::NotAccepted | PublicReason::StartAgain | PublicReason::TryLater => {
            "繰り返し起こる場合は、この照会番号を社内の Flex 担当者に伝えてください。何が起きたかを正確に確認できます。"
        }
        PublicReason::IdpRefused
        | PublicReason::NotAssigned
        | PublicReason::OtherSignIn
        | PublicReason::NotSetUp
        | PublicReason::NotFound => {
            "この照会番号を社内の Flex 担当者に伝えてください。何が足りないかを正確に確認できます。"
        }
    }
}

const fn trouble(trouble: Trouble) -> Said {
    let (title, sentence) = match trouble {
        Trouble::ChooseAgain => (
            "選び直す",
            "Flex からもう一度始めてください。所属する会社をお尋ねします。",
        ),
        Trouble::NotFound => (
            "ここには何もありません",
            "このアドレスにページはありません。サインインするには、Flex から始めてください。",
        ),
        Trouble::WrongMethod => (
            "この開き方はできません",
            "このアドレスはサインインの途中で使うもので、単独では開けません。Flex から始めてください。",
        ),
        Trouble::NotAForm => (
            "この開き方はできません",
            "このアドレスが受け付けるのは、サインインのフォームから送られたものだけです。Flex から始めてください。",
        ),
        Trouble::TooSlow => (
            "時間がかかりすぎました",
            "ブラウザーからのデータが時間内に届きませんでした。Flex からもう一度始めてください。",
        ),
        Trouble::Failed => (
            "こちら側の問題です",
            "問題が発生しました。1 分ほど待ってから、Flex からもう一度始めてください。",
        ),
        Trouble::TakesTooLong => (
            "少しお待ちください",
            "サインインに時間がかかりすぎています。1 分ほど待ってから、もう一度お試しください。",
        ),
    };
    Said { title, sentence }
}
