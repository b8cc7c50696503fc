"""Words that are never taken for a part of a series' name, and words that join names."""

from __future__ import annotations

from assistant.vocabulary import MONTHS, NUMBER_WORDS, WEEKDAYS

# A series may really be called so ("value", "total"); the word then still counts as a statistic or a unit too.
STATISTIC_NAMES = frozenset(
    "value values mean average max min maximum minimum total sum count median std range data number level levels amount "
    "figure figures series y x date time trend index change growth rate".split()
)

CONNECTIVES = frozenset(
    "of for in about and or with vs versus against between compare to than from series column forecast describe predict "
    "on by over does is was are did do plot summarise summarize explain then also".split()
)

_EVERYDAY = """
a about above abnormal absolute according across actual add after again ago ahead all almost along already also although always am an
analog analogue analogues analyse analysis analyze and annual anomalies anomalous anomaly another answer any anybody anyone anything
are aren around as ask at autocorrelation average averaged averages away baseline be because become been before began begin
beginning behave behaviour behavior being below best better between big bigger biggest both bottom break breakpoint breakpoints
breaks bring business but busy by calendar calm can case cases categories category cause caused causes change changed changepoint
changepoints changes changing chart charts check class classes classification classified classifier classify clear clearly close
cluster coming compare compared compares comparing comparison complete computed condition confidence connected consider constant
contain contains correlate correlated correlates correlation could count counts course create current currently curve cycle cycles
cyclic daily data dataset date dates day days decade decades decline declined declines declining decompose decrease decreased decreases
decreasing deep describe described description detail details detect detected deviate deviation did differ difference differences
different dip dips direction discover dispersion display distribution do does doing done down downward draw drift drop dropped
dropping drops during each earlier earliest early effect either else end ended ending ends enough entire entry episode
episodes error estimate ets even event events ever every everything exactly examine example exceed exceeded exceeding exceeds
except expect expected explain explore extrapolate extreme extremes fall fallen falling falls far fast feature few fewer fewest file
files final find first fit fitted five flat fluctuate fluctuated fluctuates fluctuation fluctuations folder follow followed following
follows for forecast forecasted forecasting forecasts foresee four fraction frequency frequently friday from full future gap gaps
general get give given glitch glitches go goes going good graph gradual greater greatest grew grow growing grown grows growth
guess had half hand happen happened happening happens has have having he hello help helpful her here hey hi high higher
highest him his historic historical historically history hit hold hour hourly hours how however huge i identical if important
in include included includes including increase increased increases increasing indeed independent info information instead interesting
interval intervals into irregular irregularities irregularity is isn it items its itself jump jumped jumping jumps just keep kind know
known lag lagged lagging lags large larger largest last lately later latest lead leading leads learn least leave less let level
levels like likely limit line list little load loaded long longer longest look looked looking looks lot low lower lowest made main make
makes many match matches matching max maximum may maybe me mean means measure measured measurement measurements median mention
midnight might min minimum minute minutes missing model models moment moments monday month monthly months more morning most mostly
move moved movement movements moves moving much must my name narrow near nearest nearly need negative neither never new newest next
night no non none nonstationary noon nor normal normally not nothing notice now number numbers observation observations observed occur
occurred occurring odd of off often oh ok okay old older on once one ones only onward onwards or order ordinary other others our
out outlier outliers outlook over overall overview own pair part particular past pattern patterns peak peaks per percent percentage
perhaps period periodic periodicity periods picture place plain plan please plot plots plotted point points positive possible predict predicted
prediction predictions predicts previous previously probability probable probably project projected projection projections quarter
quarterly quarters question questions quick quickly quiet quite range ranges rate rather ratio reach reached reaches reading readings real
really reason reasons recent recently record records recover recovery regime regimes regular regularly relate related relation relationship
remain repeat repeated repeating repeats report resemble resembles rest result results return rise risen rises rising root rose
rough row rows run same sample samples saw say scale season seasonal seasonality seasons second see seem seems seen separate series
set several shall shape shapes sharp she shift shifted shifts short should show showed showing shown shows shrink shrinking side
significant significantly similar similarity similarly simple simply since single size slope slow slowly small smaller smallest so some somebody
something sometimes soon sort speed spike spiked spikes spread stable standard start started starting starts state stationarity
stationary statistic statistical statistics stay steady steep step steps still stop strange strength strong stronger strongest structural
stuck such sudden suddenly sum summarise summarize summary summer sunday sure surprising suspicious tail take tell tend test text than
thank thanks that the their them then there therefore these they thing things think this those though three threshold thresholds through throughout
time times to today together told tomorrow too took top total totals track trade train trained training trend trending trends trough
true try turn turning twice two type types typical typically unexpected unit units unknown unstable unstationary until unusual up
upcoming upload uploaded upper upward upwards us use used user using usual usually valley value values variability variable variance
variation varied varies vary verify versus very via volatile volatility vs want wanted was way we week weekday weekdays weekend weekends
weekly weeks weird well went were what whats when whenever where whether which while who whole whom whose why will winter with
within without word words work worse worst would write year yearly years yes yesterday yet you your yours zero zone
autumn fall spring evening afternoon evenings mornings nights afternoons station visible please plus minus dependence depend depends
influence influences affect affects impact drive drives driven driver drivers stationarity regularity rhythm rhythms horizon horizons
quantile percentile wide wider certain certainty uncertain uncertainty yoy adf kpss unitroot resembling alike comparable compares coolest
cold coldest colder warm warmer warmest hot hotter hottest cool busier busiest quieter quietest calmest bigger tallest shortest weak weaker
weakest fastest slowest cheap cheapest cheaper expensive priciest above-average worth compute calculate determine evaluate inspect study
recognise recognize identify label labels labelled labeled tag tags sort group grouped groups teach taught build built accuracy accurate
""".split()

COMMON_WORDS = frozenset(
    [*_EVERYDAY, *NUMBER_WORDS, *(month.lower() for month in MONTHS), *(f"{day.lower()}" for day in WEEKDAYS)]
    + [f"{day.lower()}s" for day in WEEKDAYS]
    + [month[:3].lower() for month in MONTHS]
    + [day[:3].lower() for day in WEEKDAYS]
)
