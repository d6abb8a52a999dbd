using Holdfast.Admission;
using Holdfast.Failover;

namespace Holdfast.Gateway.Admission;

/// <summary>What an outcome means for a place.</summary>
internal static class LeaseOutcomes
{
    /// <summary>Gives the place back with what became of its call.</summary>
    public static void Settle(this AdmissionLease lease, Outcome outcome)
    {
        switch (outcome)
        {
            case Outcome.Ok:
                lease.Succeeded();
                break;
            case Outcome.RateLimited or Outcome.Timeout:
                // Too many at once: said in so many words, or by silence.
                lease.Overloaded();
                break;
            case Outcome.Cancelled:
                lease.Dispose();
                break;
            case Outcome.CallerError:
                lease.Refused();
                break;
            default:
                lease.Failed();
                break;
        }
    }
}
