"""The words that pseudonyms are made of: short, easy to say, and nobody is worse off with one than with another."""

_FIRST = """
    able agile airy alert amber ample apt azure balmy blithe blue bold brave breezy bright brisk bronze calm
    candid careful cheery civil clear cobalt copper coral cosy crimson crisp curious dapper daring deft dewy
    eager earnest elegant emerald even fabled fair festive fine fleet fluent fond frank free fresh gallant
    gentle glad golden grand green handy happy hardy hearty honest indigo ivory jade jaunty jolly jovial joyful
    keen kind lilac lively loyal lucid lucky lunar lush magic mellow merry mighty mild mindful misty modest
    mossy musical neat nimble novel ochre olive open orange patient pearly placid playful plucky polar polite
    proud quiet radiant rapid ready robust rosy ruby russet rustic sage sandy scarlet serene sharp shining
    silent silver sincere sleek smooth snowy snug soaring solar solid sonic spry stable starry steady stellar
    still sturdy subtle sunny supple sure swift tactful tawny teal tender tidy trusty upbeat valiant velvet
    verdant violet vivid warm wavy willing wise witty zesty
"""
FIRST = tuple(_FIRST.split())

_SECOND = """
    acorn alder anchor antler apple apricot arbor aspen aster atlas aurora badger bamboo basil bay beacon beaver
    beech birch bison bobcat brook canyon caravel cedar cello cherry cinder citron clover comet condor cove
    coyote crane creek cricket crocus curlew cypress dahlia daisy delta dingo dolphin dove dune eagle egret elk
    elm ember falcon fern ferret fig finch fir fjord flint forest fox garnet gazelle gecko ginger glacier grebe
    grove harbor hare harp hawk hazel heath heron hickory hill horizon ibex ibis iris island ivy jaguar jasmine
    jay juniper kestrel kiwi koala lagoon lake lantern larch lark laurel lemur leopard lily linden linnet lion
    lotus lupine lynx magpie mallard maple marble marlin marmot martin meadow melon meteor mint moose moth
    myrtle narwhal nebula newt nutmeg oak oasis ocelot opal orchid oriole osprey otter owl palm panda papaya
    parrot peach pebble pecan pelican peony petrel pine planet plover plum pond poplar poppy prairie puffin puma
    quail quartz quince rabbit raven reef ridge river robin rowan salmon sequoia shore siskin sparrow spruce
    stork summit sunrise swan tamarin tapir tern thistle thrush tiger topaz toucan trout tulip turtle valley
    vireo walnut walrus warbler willow wombat wren yarrow zebra zinnia
"""
SECOND = tuple(_SECOND.split())
