package search

import "strings"

// nicknames lists, for a folded given name, the others it is said as. A person
// found by one is Similar: what is recorded is not what was typed.
var nicknames = func() map[string][]string {
	out := map[string][]string{}
	for line := range strings.Lines(nicknameGroups) {
		names := strings.Fields(line)
		for i, n := range names {
			for j, other := range names {
				if i != j {
					out[n] = append(out[n], other)
				}
			}
		}
	}
	return out
}()

const nicknameGroups = `
albert bert bertie
alexander alex sandy
alfred alf fred
andrew andy drew
anthony tony
arthur art
barbara barb babs
benjamin ben
catherine katherine kathryn cath cathy kath kathy kate katie kitty
charles charlie chas
christine christina chris tina
christopher chris kit
daniel dan danny
david dave dai dewi dafydd
deborah deb debbie
dorothy dot dottie dolly
edward ed eddie ted teddy ned
eleanor ellie nell nora
elizabeth liz lizzie beth betty bess eliza libby elsie
florence flo florrie
frances fran fanny
francis frank
frederick fred freddie
geoffrey jeffrey geoff jeff
gerald gerry jerry
gwendoline gwendolyn gwen
harold harry
henry harry hal
isabella isobel bella
jacqueline jackie
james jim jimmy jamie
janet jan
jennifer jen jenny
john jon jack johnny ioan sion ian
jonathan jon jonny
joseph joe joey
joshua josh
judith judy
kenneth ken kenny
lawrence laurence larry
leonard len lenny
lillian lily
margaret maggie meg peggy marge greta mair megan
mary molly polly may mair
matthew matt
michael mike mick micky
nicholas nick nicky
norman norm
pamela pam
patricia pat patsy trish tricia
patrick paddy pat
peter pete
philip phil
raymond ray
rebecca becky becca
richard dick rick rich richie
robert bob bobby rob robbie bert
ronald ron ronnie
rosemary rose rosie
samuel sam sammy
sarah sally sadie
stanley stan
stephen steven steve
susan sue susie
sylvia syl
terence terry
theresa teresa tess terry
thomas tom tommy
timothy tim
valerie val
victoria vicky
vincent vince
violet vi
walter wally walt
wilfred wilf
william will bill billy willie gwilym
winifred win winnie freda
`
