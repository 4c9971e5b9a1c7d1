package people

// tongue is a set of names that go together. Its language is what a person who
// needs an interpreter speaks (BCP 47 and its English name).
type tongue struct {
	weight               int // of a hundred people, how many
	female, male, family []string
	language, speaks     string
}

// tongues are word lists of our own making. They are wide rather than long: a
// search has to find Bożena without the dot and O'Dowd without the mark.
var tongues = []tongue{
	{
		weight: 44,
		female: []string{"Ethel", "Joan", "Margaret", "Susan", "Hazel", "Beryl", "Pauline", "Elsie", "Doreen", "Maureen", "Katherine", "Catherine", "Kathryn", "Anne", "Ann", "Elizabeth", "Ruby", "Poppy", "Isla", "Zoë", "Chloë", "Rosemary", "Gillian", "Jean"},
		male:   []string{"Wilfred", "Arthur", "Stanley", "Geoffrey", "Geoff", "Jeffrey", "Jon", "John", "Derek", "Harold", "Norman", "Raymond", "Leslie", "Noah", "Oliver", "Stephen", "Steven", "Graham", "Graeme", "Alan", "Allan", "Clive", "Terence", "Ronald"},
		family: []string{"Barnaby", "Hargreaves", "Thistlewood", "Smith", "Smyth", "Clark", "Clarke", "Reid", "Read", "Sutcliffe", "Pemberton", "Ogden", "Holroyd", "Lightfoot", "Broadbent", "Ramsbottom", "Ackroyd", "Fairweather", "Tattersall", "Winterbottom"},
	},
	{
		weight: 8, language: "cy", speaks: "Welsh",
		female: []string{"Siân", "Mair", "Eluned", "Rhiannon", "Angharad", "Nerys", "Carys", "Lowri", "Ffion", "Gwenllïan"},
		male:   []string{"Gwilym", "Emrys", "Dafydd", "Rhodri", "Idris", "Geraint", "Siôn", "Owain", "Llŷr", "Hywel"},
		family: []string{"Price", "ap Rhys", "Llewellyn", "Llywelyn", "Bevan", "Prosser", "Gruffydd", "Pugh", "Jenkins", "Vaughan"},
	},
	{
		weight: 7, language: "ga", speaks: "Irish",
		female: []string{"Moira", "Siobhán", "Niamh", "Bríd", "Róisín", "Aoife", "Nuala", "Oonagh"},
		male:   []string{"Seán", "Pádraig", "Declan", "Fergus", "Eoin", "Cormac", "Tadhg", "Brendan"},
		family: []string{"O'Dowd", "McAllister", "MacAllister", "O'Rourke", "McGrath", "Mac Giolla", "Ó Briain", "McCafferty", "O'Shaughnessy", "Kinsella"},
	},
	{
		weight: 9, language: "pa", speaks: "Punjabi",
		female: []string{"Harpreet", "Gurinder", "Simran", "Amrit", "Jaswinder", "Manjit", "Kulwant", "Paramjit"},
		male:   []string{"Harbhajan", "Gurdeep", "Balwinder", "Jagtar", "Sukhdev", "Amarjit", "Ranjit", "Kulbir"},
		family: []string{"Singh", "Kaur", "Sandhu", "Dhillon", "Gill", "Grewal", "Bains", "Sidhu"},
	},
	{
		weight: 7, language: "ur", speaks: "Urdu",
		female: []string{"Ayesha", "Aisha", "Fatima", "Nasreen", "Shazia", "Rukhsana", "Zainab", "Parveen"},
		male:   []string{"Mohammed", "Muhammad", "Imran", "Tariq", "Yusuf", "Bilal", "Khalid", "Naveed"},
		family: []string{"Khan", "Hussain", "Hussein", "Iqbal", "Mahmood", "Akhtar", "Mirza", "Qureshi", "Begum"},
	},
	{
		weight: 5, language: "gu", speaks: "Gujarati",
		female: []string{"Hansa", "Kokila", "Bhavna", "Nisha", "Jyoti", "Meena", "Ila"},
		male:   []string{"Jayesh", "Bharat", "Kirit", "Nilesh", "Mahesh", "Dipak", "Hitesh"},
		family: []string{"Patel", "Shah", "Mistry", "Desai", "Chauhan", "Solanki", "Parmar"},
	},
	{
		weight: 4, language: "bn", speaks: "Bengali",
		female: []string{"Rahima", "Shirin", "Nazma", "Sultana", "Momena"},
		male:   []string{"Abdul", "Rafiq", "Shafiqul", "Kamal", "Anwar"},
		family: []string{"Choudhury", "Chowdhury", "Miah", "Uddin", "Rahman", "Sarkar"},
	},
	{
		weight: 5, language: "pl", speaks: "Polish",
		female: []string{"Bożena", "Agnieszka", "Małgorzata", "Krystyna", "Zofia", "Łucja", "Jadwiga"},
		male:   []string{"Łukasz", "Zbigniew", "Stanisław", "Wojciech", "Paweł", "Grzegorz", "Kazimierz"},
		family: []string{"Nowak", "Zielińska", "Wójcik", "Szymański", "Kowalczyk", "Dąbrowski", "Wiśniewska"},
	},
	{
		weight: 4, language: "yo", speaks: "Yoruba",
		female: []string{"Adaeze", "Folasade", "Ngozi", "Yetunde", "Chiamaka", "Titilayo"},
		male:   []string{"Tunde", "Emeka", "Olumide", "Chukwudi", "Babatunde", "Ifeanyi"},
		family: []string{"Adeyemi", "Okonkwo", "Oyelaran", "Nwosu", "Balogun", "Okafor", "Eze"},
	},
	{
		weight: 3, language: "zh", speaks: "Mandarin Chinese",
		female: []string{"Mei-Ling", "Xiu Ying", "Li Na", "Yan", "Hui"},
		male:   []string{"Wei", "Jian Guo", "Ming", "Tao", "Kwok-Wai"},
		family: []string{"Chen", "Chan", "Wong", "Wang", "Li", "Lee", "Zhang", "Ng"},
	},
	{
		weight: 2, language: "so", speaks: "Somali",
		female: []string{"Hodan", "Sahra", "Ifrah", "Deqa"},
		male:   []string{"Abdirahman", "Warsame", "Guled", "Liban"},
		family: []string{"Warsame", "Abdi", "Jama", "Farah", "Hassan"},
	},
	{
		weight: 2, language: "pt", speaks: "Portuguese",
		female: []string{"Conceição", "Inês", "Fátima", "Graça"},
		male:   []string{"João", "Simão", "Nuno", "Estêvão"},
		family: []string{"Gonçalves", "Magalhães", "da Conceição", "Simões", "dos Santos"},
	},
}

// English surnames are also put together from two parts, so that two hundred
// thousand people do not share a few hundred names.
var (
	surnameHeads = []string{
		"Ash", "Black", "Brad", "Brook", "Bur", "Cliff", "Craw", "Dun", "East", "Fair", "Farn", "Gold", "Green",
		"Had", "Hart", "Hather", "Haw", "Hol", "Kirk", "Lang", "Lin", "Marl", "Mill", "Nor", "Oak", "Raven", "Red",
		"Rush", "Sel", "Shaw", "South", "Stan", "Thorn", "Under", "Wake", "West", "Whit", "Wind", "Wood", "York",
	}
	surnameTails = []string{
		"bourne", "bridge", "burn", "bury", "by", "cott", "croft", "dale", "den", "field", "ford", "gate", "ham",
		"hurst", "kirk", "land", "leigh", "ley", "ling", "low", "man", "mere", "more", "ridge", "shaw", "stead",
		"ton", "wall", "ward", "well", "wick", "win", "wood", "worth",
	}
)

// Places are invented; the postcodes lie in areas that the postal service does not
// use, and the telephone numbers in the ranges kept for drama.
var (
	streetNames = []string{
		"Larkspur", "Millrace", "Old Quarry", "Chapel", "Tannery", "Orchard", "Beacon", "Ropewalk", "Harbour",
		"Weavers", "Foundry", "Bishop's", "Kestrel", "Limekiln", "Nightingale", "Cinder", "Mortimer", "Saltmarsh",
		"Pembroke", "Sycamore", "Victoria", "Station", "Church", "High",
	}
	streetKinds = []string{"Road", "Street", "Lane", "Close", "Avenue", "Terrace", "Rise", "Court", "Way", "Mews"}
	towns       = []string{
		"Aldermere", "Brackenford", "Coldwater", "Dunholme Bay", "Eskerton", "Fenwick Moor", "Great Hollin",
		"Harrowby Sands", "Ivelcombe", "Kingsmarsh", "Llanfair-y-Bont", "Marlbrook",
	}
	postAreas = []string{"ZA", "ZB", "ZC", "ZD", "ZF", "ZG"}
)

// Practices, hospitals and services, invented; their ODS codes begin with ZZ, which
// is issued to nobody.
var (
	practices = []body{
		{"ZZA01", "Millrace Surgery"},
		{"ZZA02", "Beacon Hill Medical Centre"},
		{"ZZA03", "Saltmarsh Health Centre"},
		{"ZZA04", "Meddygfa Bont"},
		{"ZZA05", "Tannery Lane Practice"},
	}
	services = []body{
		{"ZZR01", "Aldermere Community NHS Trust"},
		{"ZZR02", "Eskerton General Hospital"},
		{"ZZR03", "North Ridings Ambulance Service"},
		{"ZZC01", "Marlbrook City Council Adult Social Care"},
	}
)

// body is an organisation and its ODS code.
type body struct{ code, name string }
