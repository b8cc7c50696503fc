"""What tells the languages of old code pages apart: their letters beyond ASCII, the usual ones first, and words of tables."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Language:
    """letters: beyond ASCII, lower case, by how often they are written. words: lower case, as headers of tables have them.
    handicap: points that a language of few writers must make up for."""

    letters: str
    words: frozenset[str]
    handicap: float = 0.0


def _language(letters: str, words: str, handicap: float = 0.0) -> Language:
    return Language(letters, frozenset(words.split()), handicap)


GERMAN = _language("üäöß", "verkäufe umsätze märz größe jährlich änderung veränderung höhe länge bevölkerung monatlich für über")
FRENCH = _language(
    "éèàêçôûîùâœëïñ", "année température précipitations février août décembre période unité moyenne élève débit énergie"
)
SPANISH = _language("óíáéñúü", "año población día mínima máxima índice variación región precipitación energía sábado miércoles")
PORTUGUESE = _language("ãçéáíõóêâúàô", "mês inflação preço médio média população variação data região período março ação estação")
ITALIAN = _language("àèùòéì", "città quantità perché unità attività più età velocità umidità")
NORDIC = _language("åäøöæé", "måned värdi værdi ændring päivä lämpötila nederbörd väder år ålder år temperatur lön måling pris")
ICELANDIC = _language("áðíóúéýþöæ", "janúar febrúar júní júlí ágúst október nóvember desember fjöldi mánuður ár", 1.5)
POLISH = _language(
    "ęóąśłżćńź", "miesiąc sprzedaż zużycie ilość wartość ludność średnia dolar amerykański pełny numer tabeli godzina"
)
CZECH = _language(
    "íáěéýřčžšůúťňóď",
    "měsíc počet průměrná míra období září říjen červen červenec květen únor březen změna název množství šířka rok",
)
SLOVAK = _language(
    "áíéýčžšúľťôňóäďĺŕ", "dátum zrážky počet mesačne priemerná obdobie január február máj jún júl október množstvo"
)
HUNGARIAN = _language(
    "áéöóőüíúű", "év népesség változás január február március április június július október időszak összesen hónap nap érték"
)
SOUTH_SLAVIC = _language(
    "čšžćđ", "količina čas šifra noćenja općina siječanj veljača ožujak godišnje vrijeme mjesečno število leto"
)
ROMANIAN = _language("ăîâţşșț", "lună preţ valoare populaţie rată perioadă dată")
TURKISH = _language(
    "ışüğçö", "satış değişim işsizlik oranı nüfus dönem tüketici yıllık yıl ihracat dış açığı şubat ağustos kasım aralık fiyat"
)
BALTIC = _language("šėųūžįčąęāīēļņķģ", "mėnuo skaičius pokytis mēnesis iedzīvotāju gyventojų metų gads skaits sausis")
ESTONIAN = _language("õäüöšž", "töötuse määr ühik kuupäev hõive jäänud märts")
RUSSIAN = _language(
    "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё",
    "дата период месяц год курс цена объём объем выручка руб тыс млн температура январь февраль март апрель май июнь июль август"
    " сентябрь октябрь ноябрь декабрь день время количество сумма всего продажи номер",
)
UKRAINIAN = _language(
    "оаніитверлкусмдпяьзгбчхйжцюшєфїщґ", "дата рік місяць населення зміна ціна кількість січень лютий березень обсяг"
)
BULGARIAN = _language("аоиетнрсвлдпкмъзгябучйщжцшхюфь", "година брой месец дата цена стойност общо период население")
GREEK = _language(
    "αοιετσνηυρπκμλςάίόέήδγχωθφύώβξζψϊ", "ημερομηνία θερμοκρασία έτος πληθυσμός μεταβολή μήνας πωλήσεις τιμή αξία σύνολο"
)
HEBREW = _language("יוהלארמתבשןםנחדקצגפטכעסזךףץ", "תאריך מחיר כמות חודש שנה מדד המחירים לצרכן יום ערך")
ARABIC = _language(
    "اليمنرتوبةعدسفهقكحجشصطخضذثغزظءأإئىآؤ", "التاريخ درجة الحرارة السنة عدد السكان الشهر القيمة السعر اليوم المجموع"
)
THAI = _language("านรอกเงม่ย้ลวดทสตะปีบคัหแจพชขใไโิืผูุซึำถณ์ษธศฟญฐภฎฉฮ็๊ๆฏฆฬ๋ฌ", "เดือน วันที่ ปี อุณหภูมิ นักท่องเที่ยว จำนวน ราคา ปริมาณน้ำฝน")

# What is usual in Chinese, Korean and Japanese tables; beside the ranges of common characters that their code pages have.
SIMPLIFIED = frozenset(
    "日期时间年月周季度价格量额合计总数收盘开高低成交指标地区城市省国民生产总值居民消费人口温湿度降水站点风速电"
    "力销售收入支出进出口增长率同比上下平均最大小单位万元亿名称编号代码类别备注来源数据北京海广东累本期末初市"
)
TRADITIONAL = frozenset(
    "日期時間年月週季度價格量額合計總數收盤開高低成交指標地區縣市人口溫濕度雨用電力銷售收入支出進出口增減率平均最大小單位"
    "萬元億名稱編號代號類別備註說明資料各股統漲跌差幅比項目證券臺台北千美中民國華的一"
)
HANGUL = frozenset(
    "일자종가거래량시점지역별총인구수명행정항목단위월서울특시날짜기온강연도출입액측미세먼년전력판매금주식합계평균최고저대소비율"
    "증감고가원건명천만억구분이름코드번호날요분초간장산부광경상남북제강세계대전인천도의및기타사고업자국내외환율수량값비용"
)
JAPANESE = frozenset(
    "日付時刻年月期間売上高最低気温降水量合計数値電力使用平均湿風速観測東京大阪県市人口輸出入額百万円億千単位名称番号備考前比率始終安出来株価"
)
