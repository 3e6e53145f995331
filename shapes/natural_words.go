package shapes

// naturalRules is the grammar of the prose: past tense throughout, so that all nouns go with all verbs.
func naturalRules() rules {
	return rules{
		"opening": lines(`
			On the «day» of «month», in the year of the «event», «first» «last» of «place», a «trade» by calling, «errand»
			When «first» «last», the «trade» from «place», spoke of the «day» of «month» in the year of the «event», it was as the day that somebody «errand»
			Every letter dated the «day» of «month» in the year of the «event» was signed by «first» «last», who was the only «trade» of «place» and «errand»
			No «trade» in «place» had a better memory than «first» «last», who on the «day» of «month», long after the «event», «errand»`),
		"sentence": lines(`
			The «adjective» «noun» «did» the «noun» «where»
			The «noun» «went» «where», and the «adjective» «noun» «did» «its» «noun»
			A rather «adjective» «noun» «went» «adverb» «where»
			«first» «did» the «adjective» «noun», «because» the «noun» «went» «where»
			«first» «said» that the «noun» of «place» «went» «where»
			«When», «first» «last» «did» the «noun» and «did» the «adjective» «noun»
			«When» the «noun» «went» «where», and nobody «did» the «noun»
			As «adverb» as ever, «first» «did» the «noun» «where», «because» «its» «noun» «went»
			There was no «noun» «where», only the «adjective» «noun» and the «noun» of a «trade»
			Neither the «noun» nor the «adjective» «noun» «did» «its» «noun», although «first» «said» so
			«Some» of the neighbours «went» «where» before the «noun» «did» «first»
			What the «trade» «did» was not the «noun» but a most «adjective» and «adjective» «noun»
			«first» and «first» «did» «its» «noun» «adverb»; the «noun» «went» «where»
			For a truly «adjective» «trade» such as «last», the «noun» «where» «did» every «noun»`),
		"When": lines(`
			After the «noun»
			Before the «adjective» winter
			In the morning
			Late in «month»
			By the time of the «event»
			Without a word
			That same evening
			For three days
			As usual
			Once more
			A week later
			To the surprise of all
			Against all advice
			Under the «adjective» lamp`),
		"Some":    words("One None Each"),
		"because": words("because since although while after before until unless so"),
		"said": lines(`
			said
			wrote
			believed
			insisted
			had heard
			used to say
			could prove
			never forgot
			admitted
			suspected
			hoped
			swore`),
		"its": words("his her its their our the another every"),
		"where": lines(`
			in the «noun»
			beside the «adjective» «noun»
			near «place»
			along the river
			behind the «noun»
			under the «noun»
			on the road to «place»
			at the end of the street
			above the harbour
			across the «adjective» valley
			without the «noun»
			between «place» and the sea
			through the market
			inside the old «noun»
			among the strangers
			over the hill
			by candle light
			for the sake of «first»`),
		"went": lines(`
			waited
			slept
			vanished
			arrived
			had changed
			kept still
			stood
			was found
			lay open
			grew
			fell apart
			returned
			remained
			burned
			began to sing
			had been lost
			seemed larger
			went on
			turned
			was forgotten
			looked small
			moved
			broke down
			came to rest
			disappeared
			was sold
			froze
			stayed
			travelled
			ended`),
		"did":       words(naturalVerbs),
		"noun":      words(naturalNouns),
		"adjective": words(naturalAdjectives),
		"adverb": words(`slowly quietly suddenly finally rarely gladly badly loudly gently openly often always never soon twice
			again alone together nearly hardly simply clearly carefully quickly partly mostly really perhaps thus early
			later yesterday somehow anyway indeed instead abroad upstairs outside everywhere`),
		"errand": lines(`
			counted the boats
			closed the school
			planted an orchard
			sold the last horse
			opened a letter
			missed the train
			bought a violin
			repaired the bridge
			lost a wager
			measured the tower
			crossed the ice
			wrote a will
			heard the bells
			found a coin
			drew a map
			lit the stove
			painted the door
			followed a stranger
			hid the ledger
			won an argument
			baked nine loaves
			forgot the key
			mended a clock
			read the verdict
			buried a box
			saw two moons
			caught a fever
			taught the choir
			broke a promise
			named the dog
			walked home
			began this record`),
		"day": words(`first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth
			fifteenth sixteenth seventeenth eighteenth nineteenth twentieth twenty-first twenty-second twenty-third
			twenty-fourth twenty-fifth twenty-sixth twenty-seventh twenty-eighth`),
		"month": words("January February March April May June July August September October November December"),
		"event": lines(`
			flood
			great frost
			comet
			new bridge
			long strike
			two harvests
			silver coin
			first railway
			burned mill
			dry wells
			election
			locusts
			red sky
			quiet war
			census
			landslide
			lighthouse
			white deer
			broken dam
			royal visit
			late spring
			blue lanterns
			empty nets
			third treaty`),
		"first": words(`Anna Peter Maria James Clara Henry Julia Thomas Emma George Alice Martin Helen Walter Ruth Oscar Laura
			Simon Nora Victor Grace Daniel Irene Robert Eva Philip Rosa Arthur Lucy Edward Marta Hugo Ellen Felix Sarah
			Leon Judith Bruno Agnes Paul Vera Max Ida Frank Edith Carl Rose Adam Olga Louis Jane Albert Lydia Ivan Sylvia
			Ernest Hannah Anton Mabel Otto Diana Conrad Celia Samuel`),
		"last": words(`Miller Fisher Baker Stone Rivers Hunter Marsh Carter Brooks Ward Parker Foster Wells Cooper Turner Woods
			Harper Mason Porter Fields Walker Bishop Weaver Knight Shepherd Cook Forest Banks Page Hill Fox Wolf Swan Frost
			Winter Summers Day Moon Star King Prince Abbott Monk Singer Potter Tyler Slater Glass Steel Irons Gold Silver
			Hammer Bell Castle Church Bridges Holland England French Roman Price Gray Brown`),
		"place": words(`Ashford Oakwood Stonebridge Millbrook Fairview Northgate Eastwood Westport Southfield Greenhill Blackwater
			Whitecliff Redhill Kingsport Queenstown Newport Oldham Longford Shortland Highbury Lowell Springfield Winterton
			Summerfield Riverside Lakeview Hillcrest Woodstock Clearwater Goldfield Silverton Ironbridge Saltash Sandwick
			Marshfield Moorland Foxton Wolfsburg Swanton Hartford Oxford Cambridge Boston Lincoln Lancaster Chester York
			Durham Preston Burton Norton Sutton Weston Easton Milton Hilton Walton Carlton Dalton Melton Barton Clifton
			Newton Kingston`),
		"trade": words(`baker printer teacher sailor surveyor painter miner nurse lawyer gardener tailor fisher farmer doctor clerk
			singer carpenter builder librarian chemist pilot hunter judge dancer banker poet tanner weaver shepherd glazier
			cooper mason brewer butcher saddler joiner locksmith potter`),
	}
}

const naturalVerbs = `found lost kept made took gave sold bought saw heard felt held left met paid read sent shook showed shut sought
	spent stole struck swept taught told threw understood wore won wound wrote broke brought built carried caught chose closed
	copied counted covered crossed cut described destroyed drew drove ended entered examined filled finished followed forgot
	gathered guarded guided handed hated helped hid ignored imagined invented joined judged killed knew laid learned lifted
	loaded locked loved marked measured mended missed mixed moved named noticed offered opened ordered owned packed painted
	passed planned planted praised prepared promised pulled pushed raised reached recognized refused removed repaired replaced
	reported rescued respected saved searched served shared signed stopped stored studied supported surrounded tested touched
	traded trusted turned used visited wanted warned washed watched weighed welcomed wrapped`

const naturalAdjectives = `old new small large quiet loud heavy light dark bright cold warm dry wet empty full deep shallow narrow
	wide long short high low early late slow quick soft hard rough smooth sharp blunt clean dirty poor rich young ancient
	modern strange common rare simple complex hidden open closed broken perfect plain fine thick thin round square straight
	bent golden silver wooden stone iron glass paper blue green red yellow white black grey brown purple pale gentle cruel
	honest false true brave shy proud humble lazy busy idle clever foolish wise careless careful calm angry happy sad bitter
	sweet sour fresh stale ripe raw foreign local northern southern eastern western royal public private secret sacred
	ordinary famous forgotten unknown certain doubtful steady sudden final single double distant silent curious stubborn
	useful useless familiar temporary permanent generous modest`

const naturalNouns = `house river letter bridge garden window table mirror candle engine anchor basket bottle button cabin camera
	carpet castle ceiling cellar chain chair chapel chest chimney circle clock cloud coat coin column compass copper corner
	cottage cotton counter cradle crown cup curtain desk diary dinner dish door drawer dress drum dust edge election
	envelope evening factory family farm feather fence ferry field fire flag flame floor flower forest fountain frame friend
	fruit furnace gate ghost gift glass glove grain grass guest guitar hall hammer harbour harvest hat hedge hill history
	honey horse hospital hotel hour ice idea island jacket journal journey judge kettle key kitchen knife ladder lake lamp
	language law lawn leaf ledger lesson library lion lock machine magazine map marble market meadow medal memory message
	metal mill mine mistake moment money monument morning mountain museum music nail name needle net newspaper night noise
	notebook number oak ocean office oil orchard organ oven owner package page palace paper parade park path pattern
	pencil photograph piano picture pillow pipe plate pocket poem police pond portrait potato prayer president price prison
	problem promise puzzle queen question rain record report restaurant road roof room root rope rose rumour saddle sail
	salt school scissors sea secret shadow sheep shelf ship shirt shoe shop shore signal silence sister sky smoke snow
	soldier song soup spring staircase stamp station statue stone storm story stove street string sugar suitcase summer
	sword table teacher telegram telescope temple theatre thread ticket timber tower town train treasure tree trunk tunnel
	uncle umbrella valley velvet verdict village vinegar violin voice voyage wagon wall warehouse watch water weather wedding
	wheat wheel whistle will wind wine winter wire witness wolf wood wool word workshop worm wound yard year`
