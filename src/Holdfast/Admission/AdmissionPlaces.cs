namespace Holdfast.Admission;

/// <summary>
/// The places of those who run. A place knows its generation, so that a lease which is given back twice, or late, does
/// not take the place from whoever has it now. Not thread-safe.
/// </summary>
internal sealed class AdmissionPlaces
{
    private Place[] _places = new Place[16];
    private int _free = -1;
    private int _made;

    public int Taken { get; private set; }

    public int Take(in AdmissionRequest request, in PaceMark mark, long now, out long generation)
    {
        var at = _free;
        if (at >= 0)
        {
            _free = _places[at].NextFree;
        }
        else
        {
            if (_made == _places.Length)
                Array.Resize(ref _places, _made * 2);
            at = _made++;
        }

        ref var place = ref _places[at];
        place.Call = new RunningCall(request.Key, request.Priority, now, mark);
        generation = ++place.Generation;
        Taken++;
        return at;
    }

    public bool TryFind(int at, long generation, out RunningCall call)
    {
        ref readonly var place = ref _places[at];
        call = place.Call;
        return place.Generation == generation;
    }

    public bool IsTaken(int at, long generation) => _places[at].Generation == generation;

    /// <summary>The call in a place that is taken.</summary>
    public ref RunningCall At(int at) => ref _places[at].Call;

    public bool TryGiveBack(int at, long generation, out RunningCall call)
    {
        if (!TryFind(at, generation, out call))
            return false;
        ref var place = ref _places[at];
        place.Generation++;
        place.Call = default;
        place.NextFree = _free;
        _free = at;
        Taken--;
        return true;
    }

    private struct Place
    {
        public long Generation;
        public RunningCall Call;
        public int NextFree;
    }
}

/// <summary>What a queue remembers of a call that runs.</summary>
internal readonly record struct RunningCall(string? Key, int Priority, long Since, PaceMark Mark)
{
    /// <summary>How long it has waited in its place for something else.</summary>
    public long Paused { get; init; }

    /// <summary>Since when it waits so now; null while it doesn't.</summary>
    public long? PausedAt { get; init; }
}
