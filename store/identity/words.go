package identity

import "strings"

// Words turns the fingerprint of a public key into four short words, 32 bits,
// for two people to compare across two screens. They guard a single approval
// against a mix-up or a stand-in; they are no substitute for the key.
func Words(domain string, public []byte) string {
	h := fingerprint("satchel/words/1/"+domain, public)
	out := make([]string, 4)
	for i := range out {
		out[i] = words[h[i]]
	}
	return strings.Join(out, " ")
}

// words holds exactly 256 words, so that one byte picks one.
var words = strings.Fields(`
acorn amber anchor apple apron arrow aspen atlas autumn badge bagel baker bamboo banjo barley basin
basket beacon beaver beetle bishop blanket blossom bonnet border bottle bramble bridge bronze
brother bucket buckle butter button cabin cactus camel candle canvas canyon carbon cargo carpet
carrot castle cattle cedar cellar cherry chimney cinema circle citrus clover cobalt coffee comet
compass copper coral corner cotton cousin cradle crayon crystal cuckoo cushion daisy dancer diamond
dinner dolphin donkey dragon drummer eagle easel echo eleven ember emerald engine fabric falcon
farmer feather fennel ferry fiddle finger flannel flower forest fossil fountain friday galaxy garden
garlic garnet gazelle ginger glacier goblet granite gravel guitar hammer harbour harvest hazel hedge
helmet heron hollow honey hornet hunter igloo indigo island ivory jacket jasmine jigsaw jungle
juniper kayak kernel kettle kitchen kitten ladder lagoon lantern laurel lemon lentil leopard letter
lilac linen lizard lobster locket lotus magnet mango maple marble market meadow melon mercury mirror
mitten monday monkey mosaic mountain muffin mustard napkin nectar needle nephew nickel november
nutmeg oasis olive onion orange orchard orchid otter oven oyster paddle panda paper parcel parrot
peanut pebble pelican pencil pepper piano picnic pigeon pillow pilot planet plum pocket pollen poppy
potato prairie pumpkin puppet purple quarry quartz quilt rabbit radish raven ribbon river robin
rocket saddle saffron sailor salmon sandal satin saturn scarf shadow shelter silver sister spider
spinach spruce squirrel stable summer sunset table tailor teapot temple thimble thunder tiger timber
tomato trumpet tulip tunnel turnip turtle twelve valley vanilla velvet village violet violin walnut
walrus
`)
