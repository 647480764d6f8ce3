"""Invented names of companies, people, shops; no real organisation is meant."""

COMPANY_NAMES = {
    "RU": (
        "Лесной Причал", "Синий Кит", "Вектор-Снаб", "Северный Ветер", "Ромашка Плюс", "ТехноЛайн",
        "Альтаир", "СтройГарант", "Квадрат", "Полярис", "Медовый Край", "ПромКомплект", "Орион-М",
        "Берег", "Гамма-Сервис", "Кедр", "ЭкоДом", "Рубин Логистик", "Метроном", "Сигма Принт",
        "Дельта Трейд", "Уральский Мастер", "Городской Сад", "Чистый Двор", "Арктика-Холод",
        "Новый Формат", "Точмаш-Деталь", "Волжские Зори", "Каскад", "Янтарь Текстиль",
    ),
    "SK": (
        "Modrý Dub", "Tatranská Pekáreň", "Stavmont", "Lesana", "Zelená Dolina", "Kovotvar",
        "Dunajský Servis", "Horský Prameň", "Elektro Rys", "Papierník", "Vínna Cesta",
        "Autodiely Sova",
        "Biely Kameň", "Grafik Plus", "Mlyn Hron", "Agro Žitava", "Softvérik", "Detský Svet",
        "Kúpele Sliač Servis", "Transkont", "Slnečnica", "Kníhkupec", "Okná Považie", "Čistý Dom",
    ),
}  # fmt: skip
PEOPLE = {
    "RU": (
        "Соколова Марина Игоревна", "Петров Андрей Викторович", "Ким Алексей Сергеевич",
        "Громова Елена Павловна", "Зайцев Илья Олегович", "Никитина Ольга Дмитриевна",
        "Абдуллин Тимур Рашидович", "Белов Константин Юрьевич",
    ),
    "SK": (
        "Ján Horváth", "Mária Kováčová", "Peter Varga", "Zuzana Tóthová", "Martin Nagy",
        "Eva Balážová", "Tomáš Molnár", "Lucia Szabóová",
    ),
}  # fmt: skip
SHOPS = {
    "RU": (
        ("OZON.RU", "MOSKVA"), ("AZS 214", "KHIMKI"), ("KOMUS", "MOSKVA"),
        ("PYATEROCHKA 8812", "TULA"),
        ("YANDEX TAXI", "MOSKVA"), ("LEROY MERLIN", "MYTISHCHI"), ("RZD ONLINE", "MOSKVA"),
    ),
    "SK": (
        ("SLOVNAFT 2214", "BRATISLAVA"), ("TESCO EXPRESS", "ZILINA"), ("ALZA.SK", "BRATISLAVA"),
        ("BILLA 712", "NITRA"), ("ZSSK ESHOP", "BRATISLAVA"), ("OBI KOSICE", "KOSICE"),
    ),
}  # fmt: skip


def legal_name(word: str, country: str) -> str:
    """The name with the legal form the way payments spell it."""
    return f"ООО «{word}»" if country == "RU" else f"{word} s.r.o."
