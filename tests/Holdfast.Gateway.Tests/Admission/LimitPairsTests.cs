using Holdfast.Gateway.Admission;

namespace Holdfast.Gateway.Tests.Admission;

/// <summary>What is known of the models of one key, two by two.</summary>
public sealed class LimitPairsTests
{
    private readonly LimitPairs _pairs = new();

    [Fact]
    public void Models_are_together_until_shown_to_be_apart()
    {
        Add(3);

        Assert.Equal([0, 1, 2], _pairs.Together(0).Order());
    }

    [Fact]
    public void Three_readings_in_a_row_part_two_models()
    {
        Add(2);

        Assert.False(Says(0, 1, LimitVerdict.Differs));
        Assert.False(Says(1, 0, LimitVerdict.Differs));
        Assert.Equal(2, _pairs.Together(0).Count);
        Assert.True(Says(0, 1, LimitVerdict.Differs));

        Assert.Equal([0], _pairs.Together(0));
        Assert.False(Says(0, 1, LimitVerdict.Differs));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_reading_that_fits_in_between_begins_the_count_anew(bool byWhereItStands)
    {
        Add(2);

        for (var i = 0; i < 12; i++)
        {
            var verdict = i % 3 == 2 ? LimitVerdict.Fits : LimitVerdict.Differs;
            Assert.False(byWhereItStands
                ? _pairs.Note(0, 1, LimitVerdict.Nothing, verdict)
                : _pairs.Note(0, 1, verdict, LimitVerdict.Nothing));
        }

        Assert.Equal(2, _pairs.Together(0).Count);
    }

    [Fact]
    public void How_fast_it_goes_down_says_more_than_where_it_stands()
    {
        Add(2);

        for (var i = 0; i < LimitPairs.ApartAfter; i++)
        {
            _pairs.Note(0, 1, LimitVerdict.Differs, LimitVerdict.Fits);
        }

        Assert.True(_pairs.Of(0)[1].IsApart);
    }

    [Fact]
    public void Standing_alike_alone_never_shows_that_a_limit_is_shared()
    {
        Add(2);
        for (var i = 0; i < 10; i++)
        {
            _pairs.Note(0, 1, LimitVerdict.Nothing, LimitVerdict.Fits);
        }

        Assert.Equal(LimitRelation.Unknown, _pairs.Of(0)[1].Relation);

        _pairs.Part(0, 1);
        for (var i = 0; i < 10; i++)
        {
            _pairs.Note(0, 1, LimitVerdict.Nothing, LimitVerdict.Fits);
        }

        Assert.True(_pairs.Of(1)[0].IsApart);
    }

    [Fact]
    public void Those_who_are_apart_come_together_when_nothing_speaks_against_it()
    {
        Add(2);
        _pairs.Part(0, 1);
        for (var i = 0; i < 10; i++)
        {
            Assert.False(_pairs.Note(0, 1, LimitVerdict.Fits, LimitVerdict.Differs));
        }

        Assert.False(Says(0, 1, LimitVerdict.Fits));
        Assert.False(Says(0, 1, LimitVerdict.Fits));
        Assert.True(Says(0, 1, LimitVerdict.Fits));
        Assert.Equal(LimitRelation.Shared, _pairs.Of(0)[1].Relation);
    }

    [Fact]
    public void Who_is_together_with_one_is_together_with_all_of_its_own()
    {
        Add(4);
        _pairs.Part(0, 1);
        Assert.Equal([0, 1, 2, 3], _pairs.Together(0).Order());

        _pairs.Part(0, 2);
        _pairs.Part(3, 1);
        _pairs.Part(3, 2);

        Assert.Equal([0, 3], _pairs.Together(0).Order());
        Assert.Equal([1, 2], _pairs.Together(2).Order());
    }

    [Fact]
    public void What_is_known_stays_known_when_more_models_come()
    {
        Add(4);
        _pairs.Part(1, 3);

        Add(30);

        Assert.True(_pairs.Of(3)[1].IsApart);
        Assert.Equal(34, _pairs.Of(33).Length);
        Assert.DoesNotContain(LimitRelation.Apart, _pairs.Of(33).ToArray().Select(pair => pair.Relation));
        Assert.Equal(2, _pairs.Of(1).ToArray().Count(pair => pair.IsApart) + _pairs.Of(3).ToArray().Count(
            pair => pair.IsApart));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_last_takes_the_number_of_one_that_goes(int goes)
    {
        Add(4);
        _pairs.Part(1, 3);

        _pairs.Remove(goes);

        Assert.Equal(3, _pairs.Of(1).Length);
        Assert.Equal(goes == 3 ? [] : [goes],
            Enumerable.Range(0, 3).Where(other => _pairs.Of(1)[other].IsApart && _pairs.Of(other)[1].IsApart));
        Assert.Equal(3, _pairs.Add());
        Assert.DoesNotContain(LimitRelation.Apart, _pairs.Of(3).ToArray().Select(pair => pair.Relation));
    }

    private void Add(int models)
    {
        for (var i = 0; i < models; i++)
        {
            _pairs.Add();
        }
    }

    private bool Says(int one, int other, LimitVerdict verdict) => _pairs.Note(one, other, verdict, verdict);
}
