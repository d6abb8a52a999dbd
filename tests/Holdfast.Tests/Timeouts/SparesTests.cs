using Holdfast.Timeouts;

namespace Holdfast.Tests.Timeouts;

public class SparesTests
{
    [Fact]
    public void Each_processor_keeps_one_and_any_other_finds_it()
    {
        var spares = new Spares<string>(mostOthers: 0, processors: 4);

        for (var processor = 0; processor < 4; processor++)
            Assert.True(spares.TryKeep($"of {processor}", processor));
        Assert.False(spares.TryKeep("one more", 2));

        Assert.Equal("of 3", spares.Take(3));
        Assert.Equal(["of 0", "of 1", "of 2"], Taken(spares));
    }

    [Fact]
    public void What_finds_no_place_is_kept_up_to_the_bound_again_and_again()
    {
        var spares = new Spares<string>(mostOthers: 2, processors: 1);

        for (var round = 0; round < 5; round++)
        {
            Assert.True(spares.TryKeep("a", 0));
            Assert.True(spares.TryKeep("b", 0));
            Assert.True(spares.TryKeep("c", 0));
            Assert.False(spares.TryKeep("d", 0));
            Assert.False(spares.TryKeep("e", 0));

            Assert.Equal(["a", "b", "c"], Taken(spares));
        }
    }

    [Fact]
    public void Room_that_was_freed_is_used_again()
    {
        var spares = new Spares<string>(mostOthers: 1, processors: 1);
        spares.TryKeep("a", 0);
        spares.TryKeep("b", 0);

        Assert.Equal("a", spares.Take(0));
        Assert.Equal("b", spares.Take(0));
        Assert.True(spares.TryKeep("c", 0));
        Assert.True(spares.TryKeep("d", 0));

        Assert.Equal(["c", "d"], Taken(spares));
    }

    [Fact]
    public void A_hundred_processors_share_sixty_four_places()
    {
        var spares = new Spares<string>(mostOthers: 0, processors: 100);

        Assert.True(spares.TryKeep("a", 1));

        Assert.False(spares.TryKeep("b", 65));
        Assert.True(spares.TryKeep("c", 63));
    }

    private static List<string> Taken(Spares<string> spares)
    {
        var taken = new List<string>();
        while (spares.Take(0) is { } spare)
            taken.Add(spare);
        return taken;
    }
}
