package assets

// forms are the plural categories of the Unicode CLDR, cardinal numbers.
var forms = []string{"zero", "one", "two", "few", "many", "other"}

// plural returns the category of a whole number in a language (CLDR 46, plural
// rules for cardinals). Languages without a rule here use English's.
func plural(tag string, n int) string {
	if tag == "cy" {
		switch n {
		case 0:
			return "zero"
		case 1:
			return "one"
		case 2:
			return "two"
		case 3:
			return "few"
		case 6:
			return "many"
		}
		return "other"
	}
	if n == 1 {
		return "one"
	}
	return "other"
}
