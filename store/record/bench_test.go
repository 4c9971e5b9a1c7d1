package record

import "testing"

func BenchmarkParse43KB(b *testing.B) {
	raw := example(b, "ips/hl7-ips-1.1.0/Bundle-IPS-examples-Bundle-01.json")
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(raw); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkIdentify(b *testing.B) {
	raw := example(b, "ips/connectathon/archive--HK_IPS_Sample1.json")
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Identify(raw); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseLargest(b *testing.B) {
	raw := example(b, "ips/connectathon/Sept2024--CA_VeroSource_colorful_balloon.json")
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(raw); err != nil {
			b.Fatal(err)
		}
	}
}
