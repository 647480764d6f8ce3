"""The pages that a customer clicks through, in Russian: plain forms, labelled, no script."""

from collections.abc import Iterable
from html import escape

from litestar import Response

from sandbox.tochka.store import Consent
from sandbox.tochka.wire import Answer
from sandbox.world import Account, Company

# what a person ticks, and the permissions behind each tick
GROUPS = (
    ("Видеть список счетов и их реквизиты", ("ReadAccountsBasic", "ReadAccountsDetail")),
    ("Видеть остатки", ("ReadBalances",)),
    (
        "Получать выписки",
        (
            "ReadStatements",
            "ReadTransactionsBasic",
            "ReadTransactionsCredits",
            "ReadTransactionsDebits",
            "ReadTransactionsDetail",
        ),
    ),
    ("Видеть данные компании", ("ReadCustomerData",)),
    ("Получать уведомления о платежах", ("ManageWebhookData",)),
    ("Работать с СБП", ("ReadSBPData", "EditSBPData")),
    ("Создавать платежи на подпись", ("CreatePaymentForSign", "CreatePaymentOrder")),
    ("Работать с эквайрингом", ("ReadAcquiringData", "MakeAcquiringOperation")),
    ("Выставлять счета и закрывающие документы", ("ManageInvoiceData",)),
    ("Заводить клиентов и гарантии", ("MakeCustomer", "ManageGuarantee")),
)
TERMS = (("", "Как запросило приложение"), ("30", "30 дней"), ("90", "90 дней"),
         ("180", "180 дней"), ("365", "Один год"))  # fmt: skip
STYLE = (
    "body{font:17px/1.5 system-ui,sans-serif;margin:0;background:#f6f5fb;color:#1b1b2f}"
    "header{padding:.8rem 1.5rem;background:#2b2157;color:#fff;font-weight:600}"
    "main{max-width:34rem;margin:2rem auto;padding:1.5rem;box-sizing:border-box;background:#fff;"
    "border-radius:1rem}h1{font-size:1.4rem;margin-top:0}label{display:block;margin:.4rem 0}"
    "fieldset{border:1px solid #c9c6e0;border-radius:.5rem;margin:1rem 0;min-width:0}"
    "fieldset label{padding-left:1.7rem;text-indent:-1.7rem;overflow-wrap:anywhere}"
    "input[type=email],input[type=password],select{display:block;width:100%;padding:.5rem;"
    "font:inherit;box-sizing:border-box}button{font:inherit;padding:.6rem 1.2rem;"
    "margin:.5rem .5rem 0 0;border-radius:.5rem;border:1px solid #5b3fd6;background:#5b3fd6;"
    "color:#fff;cursor:pointer}button.quiet{background:#fff;color:#5b3fd6}"
    ":focus-visible{outline:3px solid #d6336c;outline-offset:2px}.trouble{color:#b00020}"
)


def login(walk_id: str, application: str, trouble: str = "") -> Answer:
    """Who are you: e-mail and password."""
    return _page(
        "Вход в Точку",
        f"<p>Приложение «{escape(application)}» просит доступ к вашим счетам.</p>"
        f"{_trouble(trouble)}"
        '<form method="post" action="login">'
        f"{_hidden(walk_id)}"
        '<label for="login">Электронная почта</label>'
        '<input id="login" name="login" type="email" autocomplete="username" required autofocus>'
        '<label for="password">Пароль</label>'
        '<input id="password" name="password" type="password" '
        'autocomplete="current-password" required>'
        "<p><button>Войти</button></p></form>",
    )


def access(
    walk_id: str,
    consent: Consent,
    choices: Iterable[tuple[Company, list[Account]]],
    trouble: str = "",
) -> Answer:
    """What to let the application do: companies with their accounts, rights, term."""
    return _page(
        "Доступ для приложения",
        f"<p>Настройте доступ для приложения «{escape(consent.application)}».</p>"
        f"{_trouble(trouble)}"
        '<form method="post" action="decision">'
        f"{_hidden(walk_id)}{''.join(_company(*choice) for choice in choices)}"
        f"<fieldset><legend>Разрешения</legend>{_rights(consent)}</fieldset>"
        f'<label for="days">Срок доступа</label><select id="days" name="days">{_terms()}</select>'
        '<p><button name="decision" value="allow">Разрешить</button> '
        '<button class="quiet" name="decision" value="refuse">Отказать</button></p></form>',
    )


def not_allowed(walk_id: str, application: str) -> Answer:
    """The person may look, not agree; the only way is back."""
    return _page(
        "Недостаточно прав",
        '<p class="trouble">У вас нет права подписи. Дать доступ приложению '
        f"«{escape(application)}» может руководитель компании.</p>"
        f'<form method="post" action="decision">{_hidden(walk_id)}'
        '<button class="quiet" name="decision" value="refuse">Вернуться в приложение</button>'
        "</form>",
    )


def dead_end(sentence: str) -> Answer:
    """The link leads nowhere; nobody can be sent back."""
    return _page("Ссылка не работает", f"<p>{escape(sentence)}</p>", 400)


def _company(company: Company, accounts: list[Account]) -> str:
    ticks = "".join(
        f'<label><input type="checkbox" name="account" value="{escape(account.number)}" checked> '
        f"{escape(account.number)} {escape(account.currency)}</label>"
        for account in accounts
    )
    legend = f"{escape(company.name)}, ИНН {escape(company.inn)}"
    return f"<fieldset><legend>{legend}</legend>{ticks}</fieldset>"


def _rights(consent: Consent) -> str:
    return "".join(
        f'<label><input type="checkbox" name="right" value="{place}" checked> '
        f"{escape(words)}</label>"
        for place, (words, behind) in enumerate(GROUPS)
        if set(behind) & set(consent.permissions)
    )


def _terms() -> str:
    return "".join(f'<option value="{days}">{words}</option>' for days, words in TERMS)


def _hidden(walk_id: str) -> str:
    return f'<input type="hidden" name="walk" value="{escape(walk_id)}">'


def _trouble(words: str) -> str:
    return f'<p class="trouble" role="alert">{escape(words)}</p>' if words else ""


def _page(title: str, body: str, status: int = 200) -> Answer:
    html = (
        f'<!doctype html><html lang="ru"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<link rel="icon" href="data:,"><style>{STYLE}</style></head><body>'
        "<header>Точка: репетиция, банк ненастоящий</header>"
        f"<main><h1>{title}</h1>{body}</main></body></html>"
    )
    return Response(
        content=html.encode(), status_code=status, media_type="text/html; charset=utf-8"
    )
