namespace Holdfast.Gateway.Admission;

/// <summary>
/// Which of a key's models draw on one limit, as far as answers have shown it, for each two of them. Not thread-safe.
/// </summary>
internal sealed class LimitPairs
{
    /// <summary>
    /// So many readings in a row have to say that what is left to one model goes down by the other's calls.
    /// </summary>
    internal const int SharedAfter = 6;

    /// <summary>
    /// So many readings in a row must say otherwise: the first of a new count don't fit the last of the old.
    /// </summary>
    internal const int ApartAfter = 3;

    // Rows of the same length, one for each model.
    private LimitPair[] _pairs = [];
    private int _capacity;

    /// <summary>One more model.</summary>
    /// <returns>Its number.</returns>
    public int Add()
    {
        if (Count == _capacity)
        {
            var (before, length) = (_pairs, _capacity);
            _capacity = Math.Max(4, 2 * length);
            _pairs = new LimitPair[_capacity * _capacity];
            for (var row = 0; row < length; row++)
            {
                before.AsSpan(row * length, length).CopyTo(_pairs.AsSpan(row * _capacity));
            }
        }

        return Count++;
    }

    /// <summary>So many models.</summary>
    public int Count { get; private set; }

    /// <summary>What is known of a model with each of the others, by their numbers.</summary>
    public ReadOnlySpan<LimitPair> Of(int model) => _pairs.AsSpan(model * _capacity, Count);

    /// <summary>One model less. The last one gets its number.</summary>
    public void Remove(int model)
    {
        var last = Count - 1;
        for (var other = 0; other < Count; other++)
        {
            Set(model, other, Of(last)[other]);
            Set(last, other, default);
        }

        Count--;
    }

    /// <summary>They announce different numbers.</summary>
    public void Part(int one, int other) => Set(one, other, new LimitPair(LimitRelation.Apart, 0));

    /// <summary>One more reading has spoken of two.</summary>
    /// <param name="one">One's number.</param>
    /// <param name="other">The other's.</param>
    /// <param name="takes">Whether what is left to the one goes down by the other's calls.</param>
    /// <param name="stands">Whether what is left to both is about the same.</param>
    /// <returns>What is taken for true of them is another since now.</returns>
    public bool Note(int one, int other, LimitVerdict takes, LimitVerdict stands)
    {
        var pair = Of(one)[other];
        // How fast it goes down says more than where it stands: those who are apart may stand alike for long. To come
        // together again nothing may speak against it.
        var says = takes == LimitVerdict.Nothing || (pair.IsApart && stands == LimitVerdict.Differs) ? stands : takes;
        var streak = says switch
        {
            LimitVerdict.Differs => Math.Min(pair.Streak, 0) - 1,
            LimitVerdict.Fits when takes == LimitVerdict.Fits => Math.Max(pair.Streak, 0) + 1,
            LimitVerdict.Fits when !pair.IsApart => Math.Max(pair.Streak, 0),
            _ => pair.Streak,
        };
        var relation = streak >= SharedAfter ? LimitRelation.Shared
            : streak <= -ApartAfter ? LimitRelation.Apart
            : pair.Relation;
        Set(one, other, new LimitPair(relation, Math.Clamp(streak, -ApartAfter, SharedAfter)));
        return pair.Relation != relation;
    }

    private void Set(int one, int other, LimitPair pair) =>
        _pairs[(one * _capacity) + other] = _pairs[(other * _capacity) + one] = pair;
}

/// <summary>What is known of two models.</summary>
/// <param name="Relation">What is taken for true.</param>
/// <param name="Streak">
/// So many readings in a row that say they draw on one limit, or, below zero, that they don't.
/// </param>
internal readonly record struct LimitPair(LimitRelation Relation, int Streak)
{
    public bool IsApart => Relation == LimitRelation.Apart;
}

/// <summary>Whether two models draw on one limit.</summary>
internal enum LimitRelation
{
    /// <summary>Nobody knows yet. Until it shows they are held for one: taken for two it would be overrun.</summary>
    Unknown,

    Shared,

    Apart,
}
